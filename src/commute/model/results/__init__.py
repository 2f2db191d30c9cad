"""Plain answers that any room may take: times, check, screen, report, comparison, portfolio, timeline; amounts in words."""
