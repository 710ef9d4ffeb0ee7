//! Cells of a study: its plan, parts of it for several machines, and what is missing.

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use recording::Recording;
use serde::Serialize;
use study::cells::{Divisible, PlannedCell, Reporting, Workload, deal};
use study::report::{Claim, PAGE, StudyReport};
use study::runner::Progress;

use super::{print_text, warn};
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::progress;

/// Options for a study on several machines.
#[derive(Debug, Args)]
pub struct CellArgs {
    /// Folder for the results of the runs, which studies and machines may share [default: `cells` in the folder of the report]
    #[arg(long, value_name = "FOLDER")]
    pub store: Option<PathBuf>,
    /// Print the cells, that is the runs, as JSON Lines, and run none
    #[arg(long, group = "share")]
    pub plan: bool,
    /// Run only the cells with these ids, and write no report
    #[arg(long, value_delimiter = ',', value_name = "ID,...", group = "share")]
    pub cells: Option<Vec<String>>,
    /// Run only the K-th of N parts that take about as long, and write no report
    #[arg(long, value_name = "K/N", group = "share")]
    pub part: Option<Part>,
    /// Run nothing; write the report of the results that there are, and name the cells that are missing
    #[arg(long, group = "share")]
    pub gather: bool,
}

/// A part of a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which part, from 1.
    number: usize,
    /// How many parts there are.
    of: usize,
}

impl FromStr for Part {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let part = numbers.map(|(number, of)| Self { number, of });
        part.filter(|part| (1..=part.of).contains(&part.number) && part.of <= 100_000)
            .ok_or("give the number of the part, from 1, and how many parts there are, at most 100000: 2/8")
    }
}

/// The study of a recording.
pub(super) type StudyOf<'a> = (&'a Recording, &'a dyn Divisible);

/// A line of `--plan`.
#[derive(Serialize)]
struct CellLine<'a> {
    kind: &'static str,
    recording: &'a str,
    #[serde(flatten)]
    cell: &'a PlannedCell,
}

impl CellArgs {
    /// Prints the plan or runs a part of the studies, if the options say so. Returns whether they did.
    ///
    /// # Errors
    /// An unknown id, a run that fails, a store that cannot be used, an interruption.
    pub(super) fn share(
        &self,
        studies: &[StudyOf<'_>],
        n_threads: usize,
        interruption: &Interruption,
    ) -> Result<bool, Failure> {
        if let Some(store) = self.store.as_ref().filter(|store| store.exists() && !store.is_dir()) {
            return Err(Failure::input(format_args!("--store: {} is a file; name a folder", store.display())));
        }
        if !self.plan && self.cells.is_none() && self.part.is_none() {
            return Ok(false);
        }
        let plans: Vec<Vec<PlannedCell>> =
            studies.iter().map(|(recording, study)| plan_of(recording, *study)).collect::<Result<_, _>>()?;
        let ids = match (&self.cells, self.part) {
            (Some(ids), _) => chosen(ids, &plans)?,
            (_, Some(part)) => dealt(part, &plans),
            (None, None) => return print_plan(studies, &plans).map(|()| true),
        };
        for ((recording, study), mut cells) in studies.iter().zip(plans) {
            cells.retain(|cell| ids.contains(&cell.id));
            let bar = announce(recording, &cells, n_threads)?;
            let outcome = study.work(&ids, interruption.requested(), &|progress| bar.show(progress));
            bar.finish();
            outcome.map_err(|error| Failure::study(&recording.path, &error))?;
        }
        Ok(true)
    }

    /// Runs the study of a recording, or gathers what others have run, and writes its report. Returns the cells without a result,
    /// too.
    ///
    /// # Errors
    /// A run that fails, a store that cannot be used, an interruption, files that cannot be written.
    pub(super) fn report<S: Reporting>(
        &self,
        (recording, study): (&Recording, &S),
        folder: &Path,
        n_threads: usize,
        interruption: &Interruption,
    ) -> Result<(S::Report, Vec<PlannedCell>), Failure> {
        let refuse = |error| Failure::study(&recording.path, &error);
        if self.gather {
            return study.gather(folder).map_err(refuse);
        }
        let bar = announce(recording, &plan_of(recording, study)?, n_threads)?;
        let report = study.run(folder, interruption.requested(), &|progress| bar.show(progress));
        bar.finish();
        Ok((report.map_err(refuse)?, Vec::new()))
    }
}

/// The cells of a study.
///
/// # Errors
/// A store that cannot be read.
fn plan_of(recording: &Recording, study: &dyn Divisible) -> Result<Vec<PlannedCell>, Failure> {
    study.plan().map_err(|error| Failure::study(&recording.path, &error))
}

fn print_plan(studies: &[StudyOf<'_>], plans: &[Vec<PlannedCell>]) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    for ((recording, _), cells) in studies.iter().zip(plans) {
        for cell in cells {
            serde_json::to_writer(&mut out, &CellLine { kind: "cell", recording: &recording.name, cell })?;
            writeln!(out)?;
        }
    }
    Ok(out.flush()?)
}

/// These ids, each of which must be of a cell.
fn chosen(ids: &[String], plans: &[Vec<PlannedCell>]) -> Result<HashSet<String>, Failure> {
    let all: HashSet<&String> = plans.iter().flatten().map(|cell| &cell.id).collect();
    match ids.iter().find(|id| !all.contains(id)) {
        None => Ok(ids.iter().cloned().collect()),
        Some(id) => Err(Failure::input(format_args!("--cells: no cell of this study has the id `{id}`"))
            .advise("`--plan` with the same options prints all ids")),
    }
}

/// The cells of a part: those of all recordings are dealt together.
fn dealt(part: Part, plans: &[Vec<PlannedCell>]) -> HashSet<String> {
    let cells: Vec<&PlannedCell> = plans.iter().flatten().collect();
    let costs: Vec<f64> = cells.iter().map(|cell| cell.cost).collect();
    let parts = deal(&costs, part.of);
    let of_part = cells.iter().zip(parts).filter(|(_, of)| of + 1 == part.number);
    of_part.map(|(cell, _)| cell.id.clone()).collect()
}

/// How far the runs of a study are.
pub(super) struct RunBar(progress::Bar);

impl RunBar {
    pub(super) fn show(&self, progress: Progress<'_>) {
        self.0.set_message(progress.name.to_owned());
        self.0.set(progress.done as u64);
    }

    pub(super) fn finish(self) {
        self.0.finish();
    }
}

/// Says how much there is to run and about how long it takes.
fn announce(recording: &Recording, cells: &[PlannedCell], n_threads: usize) -> Result<RunBar, Failure> {
    let Workload { n_runs, n_known, seconds } = Workload::of(cells, n_threads);
    let rest = if n_known == n_runs { String::new() } else { format!("; the others take about {}", duration(seconds)) };
    let runs = if n_runs == 1 { "run" } else { "runs" };
    print_text(&format!("{}: {n_runs} {runs}, {n_known} of them done before{rest}\n", recording.name))?;
    let bar = progress::bar(n_runs as u64, "runs");
    bar.set(n_known as u64);
    Ok(RunBar(bar))
}

fn duration(seconds: f64) -> String {
    if seconds < 90.0 {
        format!("{seconds:.0} s")
    } else if seconds < 90.0 * 60.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

/// Prints the claims, the cells that are missing, and where the report is; its warnings on standard error.
pub(super) fn print_report(report: &StudyReport, missing: &[PlannedCell], folder: &Path) -> Result<(), Failure> {
    report.warnings.iter().for_each(warn);
    let mut text = String::new();
    for Claim { verdict, claim, evidence, .. } in &report.claims {
        let evidence = if evidence.is_empty() { String::new() } else { format!(" ({evidence})") };
        text += &format!("{verdict:19} {claim}{evidence}\n");
    }
    for PlannedCell { id, name, .. } in missing {
        text += &format!("{:19} {name} ({id})\n", "missing");
    }
    print_text(&(text + &format!("report     {}\n", folder.join(PAGE).display())))
}

/// Fails if cells were missing.
///
/// # Errors
/// As it says.
pub(super) fn check_complete(n_missing: usize) -> Result<(), Failure> {
    let are_missing = match n_missing {
        0 => return Ok(()),
        1 => "a cell is missing".to_owned(),
        n => format!("{n} cells are missing"),
    };
    Err(Failure::input(format_args!("{are_missing}; the report is of the others"))
        .advise("run the parts again that did not end, then `--gather`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_one_of_so_many() {
        assert_eq!("2/8".parse(), Ok(Part { number: 2, of: 8 }));
        for wrong in ["", "2", "/", "0/8", "9/8", "1/0", "-1/8", "1/8/8", "2 of 8", "1/100001"] {
            assert!(wrong.parse::<Part>().is_err(), "{wrong}");
        }
    }
}
