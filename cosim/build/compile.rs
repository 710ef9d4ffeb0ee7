//! C++ to libraries, cached in the build directory.

use std::error::Error;
use std::fs;
use std::path::Path;

use tools::cpp::{Cache, Compiler};
use tools::{Environment, Verilator};

use crate::generate;
use crate::instrument::Instrument;
use crate::tops::Top;
use crate::verilate::{self, FLAGS};

/// Name of the library that all models share.
pub const RUNTIME: &str = "runtime";

const RUNTIME_SOURCES: [&str; 3] = ["verilated.cpp", "verilated_threads.cpp", "verilated_vcd_c.cpp"];

/// The additional source of coverage counters.
const COVERAGE_SOURCE: &str = "verilated_cov.cpp";

/// The interface of all models.
const HEADER: &str = "cpp/simulation.h";

/// The linker's name of a library.
pub fn library_name(name: &str) -> String {
    format!("motorsrnn_{name}")
}

/// The C++ standard library to link.
pub fn standard_library() -> &'static str {
    let vendor = std::env::var("CARGO_CFG_TARGET_VENDOR").unwrap_or_default();
    if vendor == "apple" { "c++" } else { "stdc++" }
}

/// The libraries of models, built unless they are in the cache.
pub struct Libraries {
    cache: Cache,
    compiler: Compiler,
    header: String,
    instrument: Instrument,
}

impl Libraries {
    /// Those of a build directory; waits while another build uses them.
    ///
    /// # Errors
    /// Verilator or the C++ compiler is missing, or the build directory cannot be written.
    pub fn open(build_directory: &Path, instrument: Instrument) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let verilator = Verilator::find(&Environment::of(build_directory))?;
        Ok(Self {
            compiler: Compiler::find(verilator, None)?,
            cache: Cache::open(build_directory.join("models"))?,
            header: fs::read_to_string(HEADER).map_err(|error| format!("{HEADER}: {error}"))?,
            instrument,
        })
    }

    /// Copies the library of a top to `out`.
    ///
    /// # Errors
    /// Errors of Verilator or the compiler.
    pub fn top(&self, top: &Top, out: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
        let entry = generate::cpp(top);
        let bench = fs::read_to_string(format!("cpp/bench_{}.h", top.name)).unwrap_or_default();
        let (flags, counts) = (self.instrument.flags(top), self.instrument.counts(top));
        let flag_text = [FLAGS, flags].concat().join(" ");
        let key = [self.compiler.identity(), &flag_text, &self.header, &entry, &bench, &top.verilog].join("\n");
        self.copy(top.name, &key, out, |folder| {
            verilate::run(self.compiler.verilator(), top, flags, folder)?;
            fs::write(folder.join("entry.cpp"), &entry)?;
            let objects = self.compiler.objects(folder, |build| configure(build, counts))?;
            Ok(self.compiler.archive(&objects, folder, &library_name(top.name))?)
        })
    }

    /// Copies the library that all models share to `out`.
    ///
    /// # Errors
    /// Errors of the compiler.
    pub fn runtime(&self, out: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
        let counts = self.instrument == Instrument::Coverage;
        let sources = [&RUNTIME_SOURCES[..], if counts { &[COVERAGE_SOURCE] } else { &[] }].concat();
        let key = format!("{}{}", self.compiler.identity(), sources.join(" "));
        self.copy(RUNTIME, &key, out, |folder| {
            let objects = self.compiler.runtime_objects(&sources, folder, |build| configure(build, counts))?;
            Ok(self.compiler.archive(&objects, folder, &library_name(RUNTIME))?)
        })
    }

    fn copy(
        &self,
        name: &str,
        key: &str,
        out: &Path,
        make: impl FnOnce(&Path) -> Result<(), Box<dyn Error + Send + Sync>>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let file = format!("lib{}.a", library_name(name));
        let path = self.cache.get(name, key, &file, make)?;
        fs::copy(&path, out.join(&file)).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(())
    }
}

fn configure(build: &mut cc::Build, counts: bool) {
    build.include("cpp").define("VM_TRACE", "1").define("VM_TRACE_VCD", "1");
    build.define("VM_COVERAGE", if counts { "1" } else { "0" });
}
