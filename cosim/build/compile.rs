//! C++ to libraries, cached in the build directory under a hash of all their inputs.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use tools::Verilator;

use crate::generate;
use crate::instrument::Instrument;
use crate::tops::Top;
use crate::verilate::{self, FLAGS};

/// Name of the library that all models share.
pub const RUNTIME: &str = "runtime";

/// Cached libraries per name, so that switching back to an earlier version compiles nothing.
const N_KEPT: usize = 4;

const RUNTIME_SOURCES: [&str; 3] = ["verilated.cpp", "verilated_threads.cpp", "verilated_vcd_c.cpp"];

/// The additional source of coverage counters.
const COVERAGE_SOURCE: &str = "verilated_cov.cpp";

/// Optimization levels of code that runs in every cycle, and of the rest. Higher levels make models no faster, see
/// `docs/adr/0007-own-build-of-the-models.md`.
const FAST: u32 = 1;
const SLOW: u32 = 0;
/// Part of the names of files that Verilator considers slow.
const SLOW_MARK: &str = "__Slow";

/// C++ compiled as one unit, since the headers cost more than the rest of a small file.
const UNIT_BYTES: u64 = 1 << 21;

/// The linker's name of a library.
pub fn library_name(name: &str) -> String {
    format!("motorsrnn_{name}")
}

/// The programs that turn Verilog into libraries.
pub struct Compiler {
    verilator: Verilator,
    identity: String,
    header: String,
    instrument: Instrument,
}

impl Compiler {
    /// Finds the C++ compiler of cargo's target.
    ///
    /// # Errors
    /// No C++ compiler starts.
    pub fn new(verilator: Verilator, header: String, instrument: Instrument) -> Result<Self, String> {
        let missing = |error: &dyn std::fmt::Display| {
            format!(
                "no C++ compiler ({error}), which the simulated hardware needs; install one (on Debian and Ubuntu \
                 `apt install g++`), or set CXX to its path"
            )
        };
        // Without the folders of headers, so that a library stays valid when the build directory moves.
        let tool = options(FAST).try_get_compiler().map_err(|error| missing(&error))?;
        let output = Command::new(tool.path()).arg("--version").output().map_err(|error| missing(&error))?;
        let arguments: Vec<_> = tool.args().iter().map(|argument| argument.to_string_lossy()).collect();
        let version = String::from_utf8_lossy(&output.stdout);
        let identity = format!("{}\n{version}\n{}\n", tool.path().display(), arguments.join(" "));
        Ok(Self { verilator, identity, header, instrument })
    }

    /// The C++ standard library to link.
    pub fn standard_library(&self) -> &'static str {
        let vendor = std::env::var("CARGO_CFG_TARGET_VENDOR").unwrap_or_default();
        if vendor == "apple" { "c++" } else { "stdc++" }
    }

    fn key(&self, parts: &[&str]) -> String {
        let fixed =
            [self.verilator.version(), &self.identity, &FLAGS.join(" "), &format!("O{FAST}, {SLOW_MARK} O{SLOW}")];
        [&fixed[..], parts].concat().join("\n")
    }
}

/// The cache of compiled libraries.
pub struct Cache {
    folder: PathBuf,
    _lock: File,
}

impl Cache {
    /// Opens the cache of a build directory; waits while another build has it open.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn open(build_directory: &Path) -> Result<Self, String> {
        let folder = build_directory.join("models");
        let open = || -> std::io::Result<File> {
            fs::create_dir_all(&folder)?;
            let lock = File::create(folder.join("lock"))?;
            lock.lock()?;
            Ok(lock)
        };
        let lock = open().map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self { folder, _lock: lock })
    }

    /// Copies the library of a top to `out`; builds it first if it is not cached.
    ///
    /// # Errors
    /// Errors of Verilator or the compiler.
    pub fn library(&self, compiler: &Compiler, top: &Top, out: &Path) -> Result<(), String> {
        let entry = generate::cpp(top);
        let bench = fs::read_to_string(format!("cpp/bench_{}.h", top.name)).unwrap_or_default();
        let (flags, counts) = (compiler.instrument.flags(top), compiler.instrument.counts(top));
        let mut key = compiler.key(&[&compiler.header, &entry, &bench, &top.verilog]);
        key += &flags.concat();
        self.cached(top.name, &key, out, |folder| {
            verilate::run(&compiler.verilator, top, flags, folder)?;
            let entry_path = folder.join("entry.cpp");
            fs::write(&entry_path, entry).map_err(|error| error.to_string())?;
            let (slow, fast): (Vec<PathBuf>, Vec<PathBuf>) =
                cpp_files(folder)?.into_iter().partition(|path| is_slow(path));
            archive(compiler, folder, top.name, counts, &units(folder, "fast", &fast)?, &units(folder, "slow", &slow)?)
        })
    }

    /// Copies the library that all models share to `out`; builds it first if it is not cached.
    ///
    /// # Errors
    /// Errors of the compiler.
    pub fn runtime(&self, compiler: &Compiler, out: &Path) -> Result<(), String> {
        let counts = compiler.instrument == Instrument::Coverage;
        let names = RUNTIME_SOURCES.into_iter().chain(counts.then_some(COVERAGE_SOURCE));
        self.cached(RUNTIME, &compiler.key(&[if counts { COVERAGE_SOURCE } else { "" }]), out, |folder| {
            let include = compiler.verilator.include();
            let sources: Vec<PathBuf> = names.map(|name| include.join(name)).collect();
            archive(compiler, folder, RUNTIME, counts, &sources, &[])
        })
    }

    fn cached(
        &self,
        name: &str,
        key: &str,
        out: &Path,
        make: impl FnOnce(&Path) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let folder = self.folder.join(format!("{name}-{:016x}", hasher.finish()));
        let (key_path, file) = (folder.join("key"), format!("lib{}.a", library_name(name)));
        let io = |error: std::io::Error| format!("{}: {error}", folder.display());
        if fs::read_to_string(&key_path).is_ok_and(|made| made == key) {
            File::open(&key_path).and_then(|key| key.set_modified(SystemTime::now())).map_err(io)?;
        } else {
            let work = self.folder.join(format!("{name}.new"));
            let _ = fs::remove_dir_all(&work);
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&work).map_err(io)?;
            make(&work)?;
            // The sources are large and no longer needed. The key comes last, as it marks a complete entry.
            fs::create_dir_all(&folder).map_err(io)?;
            fs::rename(work.join(&file), folder.join(&file)).map_err(io)?;
            fs::remove_dir_all(&work).and_then(|()| fs::write(&key_path, key)).map_err(io)?;
            self.prune(name);
        }
        fs::copy(folder.join(&file), out.join(&file)).map(|_| ()).map_err(io)
    }

    /// Removes the least recently used libraries of a name.
    fn prune(&self, name: &str) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut folders: Vec<(SystemTime, PathBuf)> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.file_name().and_then(|file| file.to_str()?.rsplit_once('-')).is_some_and(|it| it.0 == name)
            })
            .filter_map(|path| Some((fs::metadata(path.join("key")).ok()?.modified().ok()?, path)))
            .collect();
        folders.sort();
        for (_, folder) in folders.iter().rev().skip(N_KEPT) {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

fn cpp_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "cpp")).collect();
    files.sort();
    Ok(files)
}

/// Whether a file holds code that runs only at the start or when a waveform is opened.
fn is_slow(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains(SLOW_MARK))
}

/// Writes units that include the sources, each up to [`UNIT_BYTES`].
fn units(folder: &Path, name: &str, sources: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut texts = vec![String::new()];
    let mut n_bytes = 0;
    for source in sources {
        n_bytes += fs::metadata(source).map_or(0, |metadata| metadata.len());
        if n_bytes > UNIT_BYTES && texts.last().is_some_and(|text| !text.is_empty()) {
            texts.push(String::new());
            n_bytes = 0;
        }
        if let (Some(text), Some(file)) = (texts.last_mut(), source.file_name()) {
            text.push_str(&format!("#include \"{}\"\n", file.to_string_lossy()));
        }
    }
    let write = |(number, text): (usize, &String)| {
        let path = folder.join(format!("{name}_{number}.cpp"));
        fs::write(&path, text).map(|()| path).map_err(|error| error.to_string())
    };
    texts.iter().enumerate().map(write).collect()
}

fn archive(
    compiler: &Compiler,
    folder: &Path,
    name: &str,
    counts: bool,
    fast: &[PathBuf],
    slow: &[PathBuf],
) -> Result<(), String> {
    let mut objects = Vec::new();
    for (sources, level) in [(fast, FAST), (slow, SLOW)] {
        if !sources.is_empty() {
            let mut build = cc_build(&compiler.verilator, level);
            build.out_dir(folder).include(folder).files(sources).define("VM_COVERAGE", if counts { "1" } else { "0" });
            objects.extend(build.try_compile_intermediates().map_err(|error| format!("{name}: {error}"))?);
        }
    }
    let mut build = cc_build(&compiler.verilator, FAST);
    build.out_dir(folder).objects(objects).try_compile(&library_name(name)).map_err(|error| format!("{name}: {error}"))
}

fn cc_build(verilator: &Verilator, level: u32) -> cc::Build {
    let mut build = options(level);
    build.include(verilator.include()).include(verilator.include().join("vltstd")).include("cpp");
    build
}

fn options(level: u32) -> cc::Build {
    let mut build = cc::Build::new();
    build
        .cpp(true)
        .std("c++17")
        .opt_level(level)
        .debug(false)
        .warnings(false)
        .cargo_metadata(false)
        .define("VM_TRACE", "1")
        .define("VM_TRACE_VCD", "1")
        // Branch targets that nothing checks here; they cost a little in every function.
        .flag_if_supported("-fcf-protection=none");
    build
}
