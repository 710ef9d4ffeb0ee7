//! From Verilog to a program that simulates it, kept under a hash of everything that goes into it.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use flow::files;
use tools::Verilator;

use crate::error::GateError;

/// How Verilator is run. Netlists break every rule of style, so that nothing is warned of.
const FLAGS: &[&str] = &[
    "--cc",
    "-O3",
    // What is undefined is high, and memories start with any bits.
    "--x-assign",
    "1",
    "--x-initial",
    "unique",
    "--assert",
    "-Wno-lint",
    "-Wno-style",
    "-Wno-fatal",
    "-Wno-MODDUP",
    "-Wno-TIMESCALEMOD",
    "-DNO_ICE40_DEFAULT_ASSIGNMENTS",
    "--top-module",
    "top",
    "--prefix",
    "Vtop",
    "--output-split",
    "20000",
    "--output-split-cfuncs",
    "2000",
];

/// Optimization of what runs in every cycle, and of what does not; more costs minutes and gains little.
const FAST: &str = "-O1";
const SLOW: &str = "-O0";
/// In the names of the files that Verilator takes to be slow.
const SLOW_MARK: &str = "__Slow";

/// Name of the program in its folder.
const PROGRAM: &str = "simulation";
/// Marks a folder that is complete.
const KEY: &str = "key";

/// What a program is made of.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// Name of the folder.
    pub name: &'a str,
    /// Verilog whose top is `top`.
    pub verilog: &'a str,
    /// A file with modules that the Verilog lacks.
    pub cells: &'a Path,
    /// A file with the modules that both lack; others in it are left out.
    pub library: Option<&'a Path>,
    /// C++ with the function `main`.
    pub main: &'a str,
}

impl Source<'_> {
    /// The program, which is compiled unless it is there.
    ///
    /// # Errors
    /// What Verilator or the compiler says.
    pub fn program(&self, verilator: &Verilator, folder: &Path) -> Result<PathBuf, GateError> {
        fs::create_dir_all(folder).map_err(GateError::file(folder))?;
        let lock_path = folder.join(format!("{}.lock", self.name));
        let lock = File::create(&lock_path).map_err(GateError::file(&lock_path))?;
        // Two tests at a time compile once; the lock ends with the file.
        lock.lock().map_err(GateError::file(&lock_path))?;

        let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
        let key = self.key(verilator, &compiler)?;
        let work = folder.join(self.name);
        let program = work.join(PROGRAM);
        if fs::read_to_string(work.join(KEY)).is_ok_and(|made| made == key) && program.is_file() {
            return Ok(program);
        }
        files::empty(&work)?;
        self.verilate(verilator, &work)?;
        let runtime = runtime(verilator, &compiler, folder)?;
        compile(verilator, &compiler, &work, &runtime)?;
        files::write(&work.join(KEY), key.as_bytes())?;
        Ok(program)
    }

    fn key(&self, verilator: &Verilator, compiler: &str) -> Result<String, GateError> {
        let mut hasher = DefaultHasher::new();
        (self.verilog, self.main, FLAGS, FAST, SLOW).hash(&mut hasher);
        for path in std::iter::once(self.cells).chain(self.library) {
            fs::read(path).map_err(GateError::file(path))?.hash(&mut hasher);
        }
        Ok(format!("{:016x}\n{}\n{compiler}\n", hasher.finish(), verilator.version()))
    }

    fn verilate(&self, verilator: &Verilator, work: &Path) -> Result<(), GateError> {
        files::write(&work.join("top.v"), self.verilog.as_bytes())?;
        files::write(&work.join("main.cpp"), self.main.as_bytes())?;
        let mut command = verilator.command();
        command.current_dir(work).args(FLAGS).args(["--Mdir", "."]).arg("top.v").arg(self.cells);
        if let Some(library) = self.library {
            command.arg("-v").arg(library);
            if let Some(folder) = library.parent() {
                command.arg(format!("-I{}", folder.display()));
            }
        }
        run(&mut command, "Verilator", &work.join("verilator.log"))
    }
}

/// Compiles everything in a folder, the two kinds of files side by side, and links it.
fn compile(verilator: &Verilator, compiler: &str, work: &Path, runtime: &Path) -> Result<(), GateError> {
    let mut sources: Vec<PathBuf> = fs::read_dir(work)
        .map_err(GateError::file(work))?
        .filter_map(|entry| Some(PathBuf::from(entry.ok()?.file_name())))
        .filter(|name| name.extension().is_some_and(|extension| extension == "cpp"))
        .collect();
    sources.sort();
    let is_slow = |name: &PathBuf| name.to_string_lossy().contains(SLOW_MARK);
    let (slow, fast): (Vec<PathBuf>, Vec<PathBuf>) = sources.into_iter().partition(is_slow);
    let object = |name: &str, level, sources: &[PathBuf]| object(verilator, compiler, work, name, level, sources);
    thread::scope(|scope| {
        let slow = scope.spawn(|| object("slow", SLOW, &slow));
        let fast = object("fast", FAST, &fast);
        slow.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).and(fast)
    })?;
    let mut link = Command::new(compiler);
    link.current_dir(work).args(["fast.o", "slow.o"]).arg(runtime).args(["-pthread", "-o", PROGRAM]);
    run(&mut link, compiler, &work.join("link.log"))
}

/// What all simulations share, compiled once.
fn runtime(verilator: &Verilator, compiler: &str, folder: &Path) -> Result<PathBuf, GateError> {
    let lock_path = folder.join("runtime.lock");
    let lock = File::create(&lock_path).map_err(GateError::file(&lock_path))?;
    lock.lock().map_err(GateError::file(&lock_path))?;
    let (work, key) = (folder.join("runtime"), format!("{}\n{compiler} {FAST}\n", verilator.version()));
    let path = std::path::absolute(work.join("runtime.o")).map_err(GateError::file(&work))?;
    if fs::read_to_string(work.join(KEY)).is_ok_and(|made| made == key) && path.is_file() {
        return Ok(path);
    }
    files::empty(&work)?;
    let sources = ["verilated.cpp", "verilated_threads.cpp"].map(|name| verilator.include().join(name));
    object(verilator, compiler, &work, "runtime", FAST, &sources)?;
    files::write(&work.join(KEY), key.as_bytes())?;
    Ok(path)
}

/// Compiles sources in one piece, for the headers cost more than most of them.
fn object(
    verilator: &Verilator,
    compiler: &str,
    work: &Path,
    name: &str,
    level: &str,
    sources: &[PathBuf],
) -> Result<(), GateError> {
    let text: String = sources.iter().map(|source| format!("#include \"{}\"\n", source.display())).collect();
    let unit = format!("{name}.cc");
    files::write(&work.join(&unit), text.as_bytes())?;
    let include = verilator.include();
    let mut command = Command::new(compiler);
    command.current_dir(work).args(["-std=c++17", level, "-w", "-c", &unit, "-o", &format!("{name}.o")]);
    command.arg("-I.").arg(format!("-I{}", include.display())).arg(format!("-I{}/vltstd", include.display()));
    run(&mut command, compiler, &work.join(format!("{name}.log")))
}

/// Runs a program, whose output goes to `log`.
fn run(command: &mut Command, name: &str, log: &Path) -> Result<(), GateError> {
    let output = command.output().map_err(|error| GateError::NoCompiler { program: name.to_owned(), error })?;
    let said = [&output.stdout[..], &output.stderr].concat();
    files::write(log, &said)?;
    if output.status.success() {
        return Ok(());
    }
    let end = String::from_utf8_lossy(&said).lines().take(SHOWN_LINES).collect::<Vec<_>>().join("\n");
    Err(GateError::Failed { program: name.to_owned(), log: log.to_owned(), end })
}

/// Lines shown of what a compiler said: the first are the cause.
const SHOWN_LINES: usize = 20;
