//! A page that shows figures beside what they illustrate and what was measured. It holds everything it
//! shows: it can be mailed.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::Made;
use crate::figure::Content;
use crate::figure::output::Format;
use crate::figure::svg::Escaped;
use crate::labs;
use crate::labs::figures::{Measured, NamedFigure};

/// The page: each figure with its SVG, the numbers behind it and the command that makes it.
pub fn index(figures: &[(&NamedFigure, &Made, &str)]) -> String {
    let mut page = String::from(HEAD);
    introduction(&mut page).expect("a string takes any text");
    for (spec, made, svg) in figures {
        section(&mut page, spec, made, svg).expect("a string takes any text");
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Implicit Bias Lab: the figures</title>
<style>
body { font: 16px/1.5 'Noto Sans', sans-serif; color: #1a1a1a; background: #fff; margin: 0 }
main { max-width: 60em; margin: 0 auto; padding: 1em }
section { border-top: 1px solid #c9cdd3; padding: 1.5em 0 }
img { max-width: 100% }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .1em .8em }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
thead th { border-bottom: 1px solid #55595f }
code { background: #f4f5f7; padding: .1em .3em; overflow-wrap: anywhere }
</style>
</head>
<body>
<main>
<h1>The figures of implicit bias</h1>
";

/// Where the figures come from, and what is beside them.
fn introduction(page: &mut String) -> fmt::Result {
    let sources: Vec<String> = labs::all()
        .iter()
        .filter_map(|lab| lab.source())
        .map(|source| {
            let (authors, title) = (Escaped(source.authors), Escaped(source.title));
            format!(
                "{authors}, <a href=\"{}\"><cite>{title}</cite></a>",
                source.url
            )
        })
        .collect();
    page.push_str("<p>");
    if !sources.is_empty() {
        write!(page, "After {}. ", sources.join("; "))?;
    }
    page.push_str(
        "Every number below was measured in the runs that the figure shows; <code>summary.json</code> has all their \
         digits, and every figure file holds its recipe.</p>\n",
    );
    Ok(())
}

fn section(page: &mut String, spec: &NamedFigure, made: &Made, svg: &str) -> fmt::Result {
    let (id, title, claim) = (spec.id, Escaped(spec.title), Escaped(spec.claim));
    let picture = BASE64.encode(svg);
    writeln!(
        page,
        "<section id=\"{id}\">\n<h2>{title}</h2>\n<p>{claim}</p>\n\
         <img alt=\"{title}\" src=\"data:image/svg+xml;base64,{picture}\">"
    )?;
    for cell in &made.figure.cells {
        if let Content::Plot(_) = cell.content {
            let (title, about) = (Escaped(&cell.title), Escaped(&cell.about));
            writeln!(page, "<p><strong>{title}.</strong> {about}</p>")?;
        }
    }
    table(page, &made.measured)?;
    let files = Format::ALL.map(|format| {
        let extension = format.extension();
        format!(
            "<a href=\"{id}.{extension}\">{}</a>",
            extension.to_uppercase()
        )
    });
    writeln!(
        page,
        "<p>{}. Made by <code>implicit-bias-lab figure {id} --out {id}.svg</code></p>\n</section>",
        files.join(", ")
    )
}

fn table(page: &mut String, measured: &Measured) -> fmt::Result {
    page.push_str("<table>\n<thead><tr><th></th>");
    for column in &measured.columns {
        write!(page, "<th>{}</th>", Escaped(&column.replace('_', " ")))?;
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for (name, numbers) in &measured.rows {
        write!(page, "<tr><td>{}</td>", Escaped(name))?;
        for value in numbers {
            write!(page, "<td>{}</td>", crate::format::number(*value, 4))?;
        }
        page.push_str("</tr>\n");
    }
    writeln!(page, "</tbody>\n</table>")
}
