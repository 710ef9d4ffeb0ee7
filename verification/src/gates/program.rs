//! From a netlist to a program that simulates it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use flow::files;
use tools::cpp::{Cache, Compiler, Options, RUNTIME, flags};
use tools::{Environment, ToolError, Verilator, workspace};

use crate::gates::error::GateError;

/// The behaviour of simulations.
const BEHAVIOUR: [&str; 6] = [
    // Undefined values are 1, and memories start with random bits.
    "--x-assign",
    "1",
    "--x-initial",
    "unique",
    "--assert",
    "-DNO_ICE40_DEFAULT_ASSIGNMENTS",
];

/// Netlists violate every rule of style, so warnings are off.
const WARNINGS: [&str; 5] = ["-Wno-lint", "-Wno-style", "-Wno-fatal", "-Wno-MODDUP", "-Wno-TIMESCALEMOD"];

/// The module of every netlist.
const TOP: &str = "top";

/// Name of the program in its folder.
const PROGRAM: &str = "simulation";

/// Lines of Verilator's output that an error shows: the first ones give the cause.
const LINES_SHOWN: usize = 20;

/// The sources of a simulation.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// Name of the simulation.
    pub name: &'a str,
    /// Verilog with the module `top`.
    pub verilog: &'a str,
    /// A Verilog file with simulation models of cells.
    pub cells: &'a Path,
    /// A Verilog file that is searched for the modules that are still missing.
    pub library: Option<&'a Path>,
    /// C++ with the function `main`.
    pub main: &'a str,
}

impl Source<'_> {
    /// The program, compiled unless the cache in `folder` has it.
    ///
    /// # Errors
    /// What Verilator or the compiler reports.
    pub fn program(&self, folder: &Path) -> Result<PathBuf, GateError> {
        let verilator = Verilator::find(&Environment::of(&workspace::build_directory()))?;
        let compiler = Compiler::find(verilator, Options { target: Some(env!("TARGET")), ..Options::default() })?;
        let key = self.key(&compiler)?;
        Cache::open(folder.join(self.name))?.get(self.name, &key, PROGRAM, |work| {
            self.verilate(&compiler, work)?;
            let mut inputs = compiler.objects(work, &[])?;
            inputs.push(runtime(&compiler, folder)?);
            Ok(compiler.link(&inputs, &work.join(PROGRAM))?)
        })
    }

    /// A hash of everything that the program depends on.
    fn key(&self, compiler: &Compiler) -> Result<String, GateError> {
        let mut key = compiler.key(&flags(&BEHAVIOUR, &WARNINGS), &[self.main, self.verilog]);
        for path in std::iter::once(self.cells).chain(self.library) {
            key += &String::from_utf8_lossy(&files::read(path)?);
        }
        Ok(files::sha256(key.as_bytes()))
    }

    fn verilate(&self, compiler: &Compiler, work: &Path) -> Result<(), GateError> {
        const SOURCE: &str = "top.v";
        files::write(&work.join(SOURCE), self.verilog.as_bytes())?;
        files::write(&work.join("main.cpp"), self.main.as_bytes())?;
        let mut arguments: Vec<OsString> = vec![SOURCE.into(), self.cells.into()];
        if let Some(library) = self.library {
            arguments.extend(["-v".into(), library.into()]);
            arguments.extend(library.parent().map(|folder| format!("-I{}", folder.display()).into()));
        }
        let output = compiler.verilate(TOP, &flags(&BEHAVIOUR, &WARNINGS), arguments, work)?;
        if output.status.success() {
            return Ok(());
        }
        let text = [&output.stdout[..], &output.stderr].concat();
        let log = work.join("verilator.log");
        fs::write(&log, &text).map_err(GateError::file(&log))?;
        let start = String::from_utf8_lossy(&text).lines().take(LINES_SHOWN).collect::<Vec<_>>().join("\n");
        Err(GateError::Verilator { log, start })
    }
}

/// Verilator's run-time library, which all simulations share.
fn runtime(compiler: &Compiler, folder: &Path) -> Result<PathBuf, ToolError> {
    let library = format!("lib{RUNTIME}.a");
    Cache::open(folder.join(RUNTIME))?.get(RUNTIME, &compiler.key(&[], &[]), &library, |work| {
        compiler.archive(&compiler.runtime_objects(&[], work, &[])?, work, RUNTIME)
    })
}
