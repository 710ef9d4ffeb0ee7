//! The report: sections of words, plots and numbers, written as one HTML file with a CSV file for every plot beside it.

mod html;
pub mod plot;
pub mod sections;
mod table;

use std::fmt;
use std::fs;
use std::path::Path;

use recording::write_whole;
use serde::Serialize;

pub use table::{Table, Value};

use crate::error::StudyError;

/// A plot, as SVG text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The text of the SVG element.
    pub svg: String,
}

/// A plot with its numbers and what to see in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Name of its CSV file, without the ending.
    pub name: String,
    /// What to see.
    pub caption: String,
    /// The plot; none shows the table only.
    pub figure: Option<Figure>,
    /// The numbers.
    pub table: Table,
    /// Whether the page shows the numbers too.
    pub shows_table: bool,
}

/// A part of the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// What was done, in words, a paragraph each.
    pub words: Vec<String>,
    /// What came out.
    pub panels: Vec<Panel>,
}

/// What rests on what, in the letters that the report uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Source {
    /// The papers' authors.
    #[serde(rename = "P")]
    Paper,
    /// The line of work that they most likely build on.
    #[serde(rename = "L")]
    Lineage,
    /// An inference.
    #[serde(rename = "I")]
    Inference,
    /// A choice of this program.
    #[serde(rename = "C")]
    Choice,
}

/// How a claim fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The data say so.
    Holds,
    /// The data say the opposite, or not what was claimed.
    Fails,
    /// The difference is within its uncertainty.
    Undecided,
    /// Nothing was run that could tell.
    NotTested,
    /// The claim says nothing of this network.
    NotApplicable,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Undecided => "undecided",
            Self::NotTested => "not tested",
            Self::NotApplicable => "not applicable",
        })
    }
}

/// A claim and what the recording says of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// In words.
    pub claim: String,
    /// Whose it is.
    pub source: Source,
    /// How it fared.
    pub verdict: Verdict,
    /// The figures behind it, or why there are none.
    pub evidence: String,
}

impl Claim {
    /// One that nothing was run for.
    fn not_tested(claim: impl Into<String>, source: Source) -> Self {
        Self { claim: claim.into(), source, verdict: Verdict::NotTested, evidence: String::new() }
    }

    /// One that says nothing of this network, and why.
    fn not_applicable(claim: impl Into<String>, source: Source, why: impl Into<String>) -> Self {
        Self { claim: claim.into(), source, verdict: Verdict::NotApplicable, evidence: why.into() }
    }
}

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The recording's name, for the heading.
    pub title: String,
    /// The claims, for the first page.
    pub claims: Vec<Claim>,
    /// What numbers rest on, for the first page: what, and on whose word.
    pub grounds: Vec<(Source, String)>,
    /// How this was made: name and value.
    pub provenance: Vec<(String, String)>,
    /// The rest.
    pub sections: Vec<Section>,
}

/// Name of the page.
pub const PAGE: &str = "report.html";
/// Name of the folder with the numbers of its plots.
pub const CSV: &str = "csv";

impl Report {
    /// Writes the page, and the numbers of every panel beside it in `csv/`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), StudyError> {
        let tables = folder.join(CSV);
        fs::create_dir_all(&tables).map_err(|cause| StudyError::unwritable(&tables, cause))?;
        for panel in self.sections.iter().flat_map(|section| &section.panels) {
            let path = tables.join(format!("{}.csv", panel.name));
            write_whole(&path, panel.table.csv().as_bytes()).map_err(|cause| StudyError::unwritable(&path, cause))?;
        }
        let page = folder.join(PAGE);
        write_whole(&page, html::page(self).as_bytes()).map_err(|cause| StudyError::unwritable(&page, cause))
    }
}
