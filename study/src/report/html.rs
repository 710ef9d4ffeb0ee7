//! The page: one file that loads nothing else.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use recording::visible;

use super::{Claim, Panel, Section, Source, StudyReport, Table, Value, Verdict};

const STYLE: &str = "\
:root{color-scheme:light;--ink:#1a1a1a;--soft:#5b6168;--line:#d8dce0;--back:#fff}\
*{box-sizing:border-box}body{font:15px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--back);margin:0}\
main{max-width:66rem;margin:0 auto;padding:1.5rem}h1{font-size:1.7rem;margin:.2rem 0}h2{margin-top:2.6rem;border-bottom:1px solid var(--line)}\
nav a{margin-right:1rem}figure{margin:1.2rem 0;overflow-x:auto}figcaption{color:var(--soft);max-width:52rem}\
svg{max-width:100%;height:auto}table{border-collapse:collapse;margin:.8rem 0;font-size:.9rem}\
th,td{text-align:left;padding:.25rem .7rem;border-bottom:1px solid var(--line);vertical-align:top}.n{text-align:right;font-variant-numeric:tabular-nums}\
.v{font-weight:600;white-space:nowrap}.holds{color:#00704f}.fails{color:#b03a00}.open{color:var(--soft)}\
code{font-size:.88em;overflow-wrap:anywhere}details{margin:.4rem 0}";

/// The whole page.
pub(super) fn page(report: &StudyReport) -> String {
    let title = format!("motorSRNN on {}", report.title);
    let contents = html! {
        @for warning in &report.warnings { p.v.fails { "Warning: " (warning) "." } }
        nav {
            a href="#what-holds" { "What holds" }
            @for section in &report.sections { a href={ "#" (section.id) } { (section.title) } }
        }
        (claims(&report.claims))
        (grounds(report))
        @for section in &report.sections { (section_of(section)) }
    };
    document(&title, &contents)
}

/// A page with this title, which is also its heading, and these contents.
pub(crate) fn document(title: &str, contents: &Markup) -> String {
    let page: Markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } (contents) } }
        }
    };
    visible(&page.into_string())
}

fn claims(claims: &[Claim]) -> Markup {
    html! {
        h2 id="what-holds" { "What holds, and what does not" }
        table {
            tr { th { "claim" } th { "from" } th { "here" } th { "evidence" } }
            @for claim in claims {
                tr { td { (claim.claim) } td { (letter(claim.source)) } td class={ "v " (class_of(claim.verdict)) } { (claim.verdict) } td { (with_code(&claim.evidence)) } }
            }
        }
        p { "P: stated in the papers. L: from the line of work that they most likely build on. I: inferred. C: a choice of this program. The percentages of the papers belong to their recordings; on others only orderings can be tested. A claim holds or fails if its 95 % interval decides it, and is undecided otherwise; undecided by design, if a study with so few seeds or trials cannot decide it. \"At or above another at every elapsed time\" holds if it is true of these trials, and fails if a 95 % band for all ticks together lies below." }
    }
}

fn grounds(report: &StudyReport) -> Markup {
    html! {
        details { summary { "What the numbers rest on" }
            table { @for (source, what) in &report.grounds { tr { td { (letter(*source)) } td { (with_code(what)) } } } }
        }
        details { summary { "How this was made" }
            table { @for (name, value) in &report.provenance { tr { td { (name) } td { code { (value) } } } } }
        }
    }
}

fn section_of(section: &Section) -> Markup {
    html! {
        section {
            h2 id=(section.id) { (section.title) }
            @for words in &section.words { p { (with_code(words)) } }
            @for panel in &section.panels { (panel_of(panel)) }
        }
    }
}

fn panel_of(panel: &Panel) -> Markup {
    html! {
        figure {
            @if let Some(figure) = &panel.figure { (PreEscaped(&figure.svg)) }
            figcaption { (panel.caption) " " a href={ "csv/" (panel.name) ".csv" } { (panel.name) ".csv" } }
            @if panel.shows_table { (table_of(&panel.table)) }
        }
    }
}

/// A table, numbers to the right.
pub(crate) fn table_of(table: &Table) -> Markup {
    let alignment = |column: usize| {
        let is_text = |row: &Vec<Value>| matches!(row.get(column), Some(Value::Text(_)));
        (!table.rows.iter().any(is_text)).then_some("n")
    };
    let above = std::iter::once(None).chain(table.rows.iter().map(Some));
    html! {
        table {
            tr { @for (index, column) in table.columns.iter().enumerate() { th class=[alignment(index)] { (column) } } }
            @for (row, above) in table.rows.iter().zip(above) {
                tr { @for (index, value) in row.iter().enumerate() {
                    td class=[alignment(index)] {
                        @match value {
                            Value::Text(text) if is_long(text) && above.is_some_and(|above| above[index] == *value) => "as above",
                            _ => (value.shown()),
                        }
                    }
                } }
            }
        }
    }
}

/// Whether a text is too long to be repeated in the next row.
fn is_long(text: &str) -> bool {
    text.len() > 60
}

/// Text with code between backticks.
fn with_code(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn class_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Fails => "fails",
        Verdict::Undecided | Verdict::UndecidedByDesign | Verdict::NotTested | Verdict::NotApplicable => "open",
    }
}

fn letter(source: Source) -> &'static str {
    match source {
        Source::Paper => "P",
        Source::Lineage => "L",
        Source::Inference => "I",
        Source::Choice => "C",
    }
}
