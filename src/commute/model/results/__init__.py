"""Plain answers that any room may take: times, check, screen, report."""
