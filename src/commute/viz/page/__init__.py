"""The report page: one HTML file, Chinese and English, that opens offline.

Enter by `document.page_html`; `viz.folder` draws its pictures and writes it beside them.
document   the whole file: head, policy, font, sections
first      the first screen
detail     pairs, people, maps, levers, growth
building   what to build, ranks, links that nobody listed, tasks, loose dates
further    plans compared, openings by date, failures, requirements; how to ask where they are left out
evidence   claims, fit, trains, assumptions, sources, files
frames     a frame as a table          html      elements, escaping, tables
strips     small SVG drawings          numbers   how figures are written
words      zh and en side by side      font      the font cut to the page's characters
style.css, script.js
To add a section: a function of a Report in detail, building, further or evidence, a line in document.CONTENTS."""
