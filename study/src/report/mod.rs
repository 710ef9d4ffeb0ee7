//! The report: sections of text, plots and tables, as one HTML page with a CSV file for every plot.

pub(crate) mod html;
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

/// A plot with its numbers and its caption.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Name of its CSV file, without extension.
    pub name: String,
    /// The caption.
    pub caption: String,
    /// The plot; `None` for a table alone.
    pub figure: Option<Figure>,
    /// The numbers.
    pub table: Table,
    /// Whether the page shows the numbers.
    pub shows_table: bool,
}

/// A part of the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its anchor on the page, which never changes.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// What was done, one paragraph each.
    pub words: Vec<String>,
    /// The results.
    pub panels: Vec<Panel>,
}

/// Where a statement comes from, as a letter in the report.
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

/// Whether a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The interval supports it.
    Holds,
    /// The interval contradicts it.
    Fails,
    /// The interval allows both.
    Undecided,
    /// So few seeds, folds or trials cannot decide it.
    UndecidedByDesign,
    /// No run tests it.
    NotTested,
    /// It does not apply to this network.
    NotApplicable,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Undecided => "undecided",
            Self::UndecidedByDesign => "undecided by design",
            Self::NotTested => "not tested",
            Self::NotApplicable => "not applicable",
        })
    }
}

/// A claim, tested on the recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// The claim in words.
    pub claim: String,
    /// Whose it is.
    pub source: Source,
    /// Whether it holds.
    pub verdict: Verdict,
    /// The figures behind it, or why there are none.
    pub evidence: String,
}

impl Claim {
    /// A claim that no run tests.
    pub(crate) fn not_tested(claim: impl Into<String>, source: Source) -> Self {
        Self { claim: claim.into(), source, verdict: Verdict::NotTested, evidence: String::new() }
    }

    /// A claim that does not apply to this network, and why.
    fn not_applicable(claim: impl Into<String>, source: Source, why: impl Into<String>) -> Self {
        Self { claim: claim.into(), source, verdict: Verdict::NotApplicable, evidence: why.into() }
    }
}

/// A report.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyReport {
    /// The recording's name, for the heading.
    pub title: String,
    /// What makes the results doubtful, above everything.
    pub warnings: Vec<String>,
    /// The claims, at the top.
    pub claims: Vec<Claim>,
    /// What the numbers rest on, and where each comes from.
    pub grounds: Vec<(Source, String)>,
    /// How the report was made: name and value.
    pub provenance: Vec<(String, String)>,
    /// The sections.
    pub sections: Vec<Section>,
}

/// Name of the page.
pub const PAGE: &str = "report.html";
/// Name of the folder with the numbers of the plots.
pub const CSV: &str = "csv";

impl StudyReport {
    /// Writes the page, and the numbers of every panel in `csv/`.
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
