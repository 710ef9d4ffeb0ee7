//! From a top to a library with its model.

use std::fs;
use std::path::{Path, PathBuf};

use tools::Verilator;
use tools::cpp::{self, RUNTIME};

use crate::generate;
use crate::instrument::Instrument;
use crate::tops::Top;
use crate::verilate::{self, flags};

/// The source of waveforms in Verilator's run-time library.
const WAVEFORM_SOURCE: &str = "verilated_vcd_c.cpp";
/// The source of coverage counters.
const COVERAGE_SOURCE: &str = "verilated_cov.cpp";

/// The linker's name of a library.
pub fn library_name(name: &str) -> String {
    format!("motorsrnn_{name}")
}

/// The programs that turn Verilog into libraries.
pub struct Compiler {
    cpp: cpp::Compiler,
    header: String,
    instrument: Instrument,
}

impl Compiler {
    /// Finds the C++ compiler of cargo's target.
    ///
    /// # Errors
    /// No C++ compiler starts.
    pub fn new(verilator: Verilator, header: String, instrument: Instrument) -> Result<Self, String> {
        let includes = &["cpp"];
        let defines = &[("VM_TRACE", "1"), ("VM_TRACE_VCD", "1")];
        let cpp = cpp::Compiler::find(verilator, cpp::Options { target: None, includes, defines })?;
        Ok(Self { cpp, header, instrument })
    }

    /// The C++ standard library to link.
    pub fn standard_library(&self) -> &'static str {
        let vendor = std::env::var("CARGO_CFG_TARGET_VENDOR").unwrap_or_default();
        if vendor == "apple" { "c++" } else { "stdc++" }
    }
}

/// The cache of compiled libraries.
pub struct Cache(cpp::Cache);

impl Cache {
    /// Opens the cache of a build directory; waits while another build has it open.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn open(build_directory: &Path) -> Result<Self, String> {
        Ok(Self(cpp::Cache::open(build_directory.join("models"))?))
    }

    /// Copies the library of a top to `out`; builds it first if it is not cached.
    ///
    /// # Errors
    /// Errors of Verilator or the compiler.
    pub fn library(&self, compiler: &Compiler, top: &Top, out: &Path) -> Result<(), String> {
        let entry = generate::cpp(top);
        let bench = fs::read_to_string(format!("cpp/bench_{}.h", top.name)).unwrap_or_default();
        let (more, counts) = (compiler.instrument.flags(top), compiler.instrument.counts(top));
        let mut key = compiler.cpp.key(&flags(), &[&compiler.header, &entry, &bench, &top.verilog]);
        key += &more.concat();
        self.copy(compiler, top.name, &key, out, |folder| {
            verilate::run(&compiler.cpp, top, more, folder)?;
            fs::write(folder.join("entry.cpp"), &entry).map_err(|error| error.to_string())?;
            Ok(compiler.cpp.objects(folder, &coverage(counts))?)
        })
    }

    /// Copies the library that all models share to `out`; builds it first if it is not cached.
    ///
    /// # Errors
    /// Errors of the compiler.
    pub fn runtime(&self, compiler: &Compiler, out: &Path) -> Result<(), String> {
        let counts = compiler.instrument == Instrument::Coverage;
        let sources: Vec<&str> = [WAVEFORM_SOURCE].into_iter().chain(counts.then_some(COVERAGE_SOURCE)).collect();
        let key = compiler.cpp.key(&flags(), &[if counts { COVERAGE_SOURCE } else { "" }]);
        self.copy(compiler, RUNTIME, &key, out, |folder| {
            Ok(compiler.cpp.runtime_objects(&sources, folder, &coverage(counts))?)
        })
    }

    /// Copies a library to `out`; `objects` makes its objects if it is not cached.
    fn copy(
        &self,
        compiler: &Compiler,
        name: &str,
        key: &str,
        out: &Path,
        objects: impl FnOnce(&Path) -> Result<Vec<PathBuf>, String>,
    ) -> Result<(), String> {
        let library = library_name(name);
        let file = format!("lib{library}.a");
        let cached = self.0.get(name, key, &file, |folder| -> Result<(), String> {
            Ok(compiler.cpp.archive(&objects(folder)?, folder, &library)?)
        })?;
        fs::copy(&cached, out.join(&file)).map(drop).map_err(|error| format!("{}: {error}", cached.display()))
    }
}

/// The macro that enables coverage counters.
fn coverage(counts: bool) -> [(&'static str, &'static str); 1] {
    [("VM_COVERAGE", if counts { "1" } else { "0" })]
}
