//! Building a bitstream.

use std::path::{Path, PathBuf};

use hdl::top::TOP;
use spec::board::Board;
use spec::manifest::{ClockFacts, CoreFacts, Manifest, Timing};
use tools::{Environment, Nextpnr, Packer, ToolError, Yosys, workspace};

use crate::error::FlowError;
use crate::files::{self, sha256};
use crate::manifest;
use crate::recipe::{REPORT, Recipe};
use crate::report::NextpnrReport;
use crate::sources::Sources;

/// The default seed.
pub const FIRST_SEED: u32 = 1;

/// Folders, and seeds to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Folder for intermediate files; it is emptied first.
    pub work: PathBuf,
    /// Folder for the bitstream and its manifest.
    pub output: PathBuf,
    /// Seed of place and route.
    pub seed: u32,
    /// Seeds to try, counting up, until timing is met; at least 1.
    pub tries: u32,
    /// The command that builds this bitstream, without the seed.
    pub command: String,
}

/// Builds the bitstream of a board and its manifest; `progress` is called with the name of each step.
///
/// For a board whose bitstream only the vendor's tools can build, it writes the sources instead and returns no manifest.
///
/// # Errors
/// A tool that is missing or fails, or timing that is not met: then the bitstream of an earlier run is removed, too.
pub fn build(board: &Board, options: &Options, mut progress: impl FnMut(&str)) -> Result<Option<Manifest>, FlowError> {
    progress("Verilog");
    let sources = Sources::of(board)?;
    let Some(recipe) = Recipe::of(board) else {
        let paths = sources.write(board, &options.output)?;
        progress(&format!(
            "sources for the vendor's tools: {}",
            paths.map(|path| path.display().to_string()).join(", ")
        ));
        return Ok(None);
    };
    files::make(&options.output)?;
    let _alone =
        files::lock(&options.work.with_extension("lock"), || progress("waiting for another build of this board"))?;
    files::empty(&options.work)?;
    let work = Work { board, options, recipe: &recipe };
    files::write(&work.path(&format!("{TOP}.v")), sources.verilog.as_bytes())?;
    let constraints = format!("{TOP}.{}", sources.constraints.extension);
    files::write(&work.path(&constraints), sources.constraints.text.as_bytes())?;

    progress("installing tools (first run only)");
    let tools = Tools::find(&recipe)?;
    progress("synthesis");
    tools.yosys.run(&recipe.synthesis(), &options.work)?;
    let (seed, report) = work.place_and_route(&tools.nextpnr, &mut progress)?;
    progress("packing");
    tools.packer.run(&strings(&recipe.packing), &options.work)?;

    let bytes = files::read(&work.path(&recipe.bitstream))?;
    let extension = Path::new(&recipe.bitstream).extension().unwrap_or_default();
    let file = format!("{}.{}", board.name, extension.to_string_lossy());
    let fmax = report.met(board.clock_hz).filter(|_| recipe.timing_is_certified);
    let manifest = Manifest {
        board: board.name.to_owned(),
        sha256: sha256(&bytes),
        command: format!("{} --seed {seed}", options.command),
        verilog_sha256: sha256(sources.verilog.as_bytes()),
        constraints_sha256: sha256(sources.constraints.text.as_bytes()),
        tools: tools.versions(),
        steps: recipe.steps(seed),
        seed,
        clock: ClockFacts {
            oscillator_hz: board.oscillator_hz,
            clock_hz: board.clock_hz,
            fmax_hz: fmax.map(|megahertz| (megahertz * 1e6) as u64),
            timing: if recipe.timing_is_certified { Timing::Met } else { Timing::NotCertified },
        },
        resources: report.resources(),
        core: CoreFacts::of(board),
        file,
    };
    files::write(&options.output.join(&manifest.file), &bytes)?;
    manifest::write(&manifest, board, &options.output)?;
    Ok(Some(manifest))
}

/// The tools of a recipe.
struct Tools {
    yosys: Yosys,
    nextpnr: Nextpnr,
    packer: Packer,
}

impl Tools {
    fn find(recipe: &Recipe) -> Result<Self, ToolError> {
        let environment = Environment::of(&workspace::build_directory());
        Ok(Self {
            yosys: Yosys::find(&environment)?,
            nextpnr: Nextpnr::find(&environment, recipe.architecture)?,
            packer: Packer::find(&environment, recipe.architecture)?,
        })
    }

    fn versions(&self) -> Vec<String> {
        let mut versions = vec![Yosys::version(), self.nextpnr.version(), self.packer.version()];
        versions.dedup();
        versions
    }
}

/// A bitstream that is being built.
struct Work<'a> {
    board: &'a Board,
    options: &'a Options,
    recipe: &'a Recipe,
}

impl Work<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.options.work.join(name)
    }

    /// The first seed that meets timing, and its report.
    fn place_and_route(
        &self,
        nextpnr: &Nextpnr,
        progress: &mut impl FnMut(&str),
    ) -> Result<(u32, NextpnrReport), FlowError> {
        let clock_mhz = f64::from(self.board.clock_hz) / 1e6;
        let mut seed = self.options.seed;
        let mut tries_left = self.options.tries;
        loop {
            progress(&format!("place and route for {clock_mhz} MHz, seed {seed}"));
            let report_path = self.path(REPORT);
            files::remove(&report_path)?;
            let arguments = self.recipe.place_and_route(seed);
            let outcome = nextpnr.run(&strings(&arguments), &self.options.work);
            let report = match outcome {
                // It failed before timing analysis.
                Err(error) if !report_path.exists() => return Err(error.into()),
                _ => NextpnrReport::read(&report_path)?,
            };
            progress(&report.summary());
            if report.met(self.board.clock_hz).is_some() {
                // It may have failed for another reason.
                return outcome.map(|()| (seed, report)).map_err(FlowError::from);
            }
            tries_left = tries_left.saturating_sub(1);
            if tries_left == 0 {
                self.remove_earlier_output()?;
                let (board, reached) = (self.board.name.to_owned(), report.summary());
                return Err(FlowError::Timing { board, reached, clock_mhz, seed });
            }
            seed = seed.wrapping_add(1);
        }
    }

    /// Removes the output of an earlier run, so that a stale file is not mistaken for a new one.
    fn remove_earlier_output(&self) -> Result<(), FlowError> {
        let extension = Path::new(&self.recipe.bitstream).extension().unwrap_or_default();
        let bitstream = Path::new(self.board.name).with_extension(extension);
        files::remove(&self.options.output.join(bitstream))?;
        files::remove(&self.options.output.join(Manifest::file_name(self.board)))
    }
}

fn strings(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}
