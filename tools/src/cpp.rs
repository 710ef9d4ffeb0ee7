//! From C++ that Verilator wrote to object files, and a cache for what is made of them.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use crate::error::ToolError;
use crate::verilator::Verilator;
use crate::workspace;

/// Sources of Verilator's run-time library that every model needs.
const RUNTIME_SOURCES: [&str; 2] = ["verilated.cpp", "verilated_threads.cpp"];
/// Name of the library of these, which models share.
pub const RUNTIME: &str = "runtime";

/// Flags of Verilator: those of every model, with these for its behaviour and its warnings.
#[must_use]
pub fn flags<'a>(behaviour: &[&'a str], warnings: &[&'a str]) -> Vec<&'a str> {
    // Large models are split into files that compile in parallel.
    let split = ["--output-split", "20000", "--output-split-cfuncs", "2000"];
    [&["--cc", "-O3"], behaviour, &split, warnings].concat()
}

/// The name of a module's C++ class.
#[must_use]
pub fn class(module: &str) -> String {
    format!("V{module}")
}

/// Optimization levels of code that runs in every cycle, and of code that does not. Higher levels make models no faster, see
/// `docs/adr/0007-own-build-of-the-models.md`.
const FAST: u32 = 1;
const SLOW: u32 = 0;
/// Part of the names of files whose code does not run in every cycle.
const SLOW_MARK: &str = "__Slow";

/// Size up to which files are compiled as one: the headers cost more than the rest of a small file.
const UNIT_BYTES: u64 = 1 << 21;

/// Entries of one name that are kept, so that switching back and forth compiles once.
const N_KEPT: usize = 4;

/// Verilator writes into the folder in which it runs.
const WITHIN: [&str; 2] = ["--Mdir", "."];

/// The file that marks a complete entry.
const KEY: &str = "key";

/// A C++ compiler for models.
#[derive(Clone, Debug)]
pub struct Compiler {
    verilator: Verilator,
    options: Options,
    /// The compiler, its version and all options.
    identity: String,
}

/// Options of all that a compiler compiles.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The target; if none, the one that cargo gives to the running build script.
    pub target: Option<&'static str>,
    /// Folders of headers.
    pub includes: &'static [&'static str],
    /// Macros.
    pub defines: &'static [(&'static str, &'static str)],
}

impl Compiler {
    /// Finds the compiler.
    ///
    /// # Errors
    /// No compiler starts.
    pub fn find(verilator: Verilator, options: Options) -> Result<Self, ToolError> {
        let missing = |error: &dyn std::fmt::Display| ToolError::NoCompiler(error.to_string());
        let mut compiler = Self { verilator, options, identity: String::new() };
        let tool = compiler.build(FAST).try_get_compiler().map_err(|error| missing(&error))?;
        let output = Command::new(tool.path()).arg("--version").output().map_err(|error| missing(&error))?;
        let arguments: Vec<_> = tool.args().iter().map(|argument| argument.to_string_lossy()).collect();
        let version = String::from_utf8_lossy(&output.stdout);
        compiler.identity = format!("{}\n{version}\n{}\n", tool.path().display(), arguments.join(" "));
        Ok(compiler)
    }

    /// A key for [`Cache::get`] of what is made with these flags of Verilator from these inputs.
    #[must_use]
    pub fn key(&self, flags: &[&str], inputs: &[&str]) -> String {
        let (flags, levels) = ([flags, &WITHIN].concat().join(" "), format!("O{FAST}, {SLOW_MARK} O{SLOW}"));
        [&[self.verilator.version(), &self.identity, &flags, &levels][..], inputs].concat().join("\n")
    }

    /// Writes the C++ of a module to a folder, in which Verilator runs, so that the C++ has no other name of the folder than `.`;
    /// `arguments` are further flags and the files with the Verilog. The output of Verilator says whether it accepted them.
    ///
    /// # Errors
    /// Verilator does not start.
    pub fn verilate<T: AsRef<OsStr>>(
        &self,
        module: &str,
        flags: &[&str],
        arguments: impl IntoIterator<Item = T>,
        folder: &Path,
    ) -> Result<Output, ToolError> {
        let mut command = self.verilator.command();
        command.args(flags).args(WITHIN).args(["--top-module", module, "--prefix", &class(module)]);
        command.args(arguments).current_dir(folder).output().map_err(ToolError::file("verilator"))
    }

    /// Compiles all C++ in a folder that Verilator wrote, with more macros.
    ///
    /// # Errors
    /// A folder that cannot be read or written, or what the compiler reports.
    pub fn objects(&self, folder: &Path, defines: &[(&str, &str)]) -> Result<Vec<PathBuf>, ToolError> {
        let file = |error| ToolError::file(folder)(error);
        let mut sources = Vec::new();
        for entry in fs::read_dir(folder).map_err(file)? {
            let path = entry.map_err(file)?.path();
            if path.extension().is_some_and(|extension| extension == "cpp") {
                sources.push(path);
            }
        }
        sources.sort();
        let is_slow = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains(SLOW_MARK));
        let (slow, fast): (Vec<PathBuf>, Vec<PathBuf>) = sources.into_iter().partition(is_slow);
        let mut objects = Vec::new();
        for (name, level, sources) in [("fast", FAST, fast), ("slow", SLOW, slow)] {
            let mut build = self.build(level);
            build.include(folder).files(units(folder, name, &sources)?);
            objects.extend(compiled(&mut build, folder, defines)?);
        }
        Ok(objects)
    }

    /// Compiles Verilator's run-time library, with more of its sources and more macros; the objects go to a folder.
    ///
    /// # Errors
    /// What the compiler reports.
    pub fn runtime_objects(
        &self,
        more: &[&str],
        folder: &Path,
        defines: &[(&str, &str)],
    ) -> Result<Vec<PathBuf>, ToolError> {
        let mut build = self.build(FAST);
        build.files(RUNTIME_SOURCES.iter().chain(more).map(|name| self.verilator.include().join(name)));
        compiled(&mut build, folder, defines)
    }

    /// Packs objects into the library `lib<name>.a` of a folder.
    ///
    /// # Errors
    /// What the archiver reports.
    pub fn archive(&self, objects: &[PathBuf], folder: &Path, name: &str) -> Result<(), ToolError> {
        let archived = self.build(FAST).out_dir(folder).objects(objects).try_compile(name);
        archived.map_err(|error| ToolError::Compilation { folder: folder.to_owned(), error: error.to_string() })
    }

    /// Links objects and libraries to a program.
    ///
    /// # Errors
    /// What the linker reports.
    pub fn link(&self, inputs: &[PathBuf], program: &Path) -> Result<(), ToolError> {
        let tool = self.build(FAST).try_get_compiler().map_err(|error| ToolError::NoCompiler(error.to_string()))?;
        workspace::output(tool.to_command().args(inputs).args(["-pthread", "-o"]).arg(program)).map(drop)
    }

    fn build(&self, level: u32) -> cc::Build {
        let mut build = cc::Build::new();
        build.cpp(true).std("c++17").opt_level(level).debug(false).warnings(false).cargo_metadata(false);
        build.include(self.verilator.include()).include(self.verilator.include().join("vltstd"));
        // Marks for indirect jumps, which nothing checks here; they slow every function down a little.
        build.flag_if_supported("-fcf-protection=none");
        build.includes(self.options.includes);
        for (name, value) in self.options.defines {
            build.define(name, *value);
        }
        if let Some(target) = self.options.target {
            build.target(target).host(target);
        }
        build
    }
}

fn compiled(build: &mut cc::Build, folder: &Path, defines: &[(&str, &str)]) -> Result<Vec<PathBuf>, ToolError> {
    for (name, value) in defines {
        build.define(name, *value);
    }
    let objects = build.out_dir(folder).try_compile_intermediates();
    objects.map_err(|error| ToolError::Compilation { folder: folder.to_owned(), error: error.to_string() })
}

/// Files that include the sources, each up to a size.
fn units(folder: &Path, name: &str, sources: &[PathBuf]) -> Result<Vec<PathBuf>, ToolError> {
    let mut texts: Vec<String> = Vec::new();
    let mut n_bytes = 0;
    for source in sources {
        n_bytes += fs::metadata(source).map_or(0, |metadata| metadata.len());
        if n_bytes > UNIT_BYTES || texts.is_empty() {
            texts.push(String::new());
            n_bytes = fs::metadata(source).map_or(0, |metadata| metadata.len());
        }
        if let (Some(text), Some(file)) = (texts.last_mut(), source.file_name()) {
            *text += &format!("#include \"{}\"\n", file.to_string_lossy());
        }
    }
    let write = |(number, text): (usize, &String)| {
        let path = folder.join(format!("{name}_{number}.cc"));
        fs::write(&path, text).map_err(ToolError::file(&path)).map(|()| path)
    };
    texts.iter().enumerate().map(write).collect()
}

/// Files that are expensive to make, each cached by a hash of its inputs.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    _lock: File,
}

impl Cache {
    /// Opens the cache in a folder, after waiting for any other process that has it open.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn open(folder: PathBuf) -> Result<Self, ToolError> {
        let open = || -> std::io::Result<File> {
            fs::create_dir_all(&folder)?;
            let lock = File::create(folder.join("lock"))?;
            lock.lock()?;
            Ok(lock)
        };
        let lock = open().map_err(ToolError::file(&folder))?;
        Ok(Self { folder, _lock: lock })
    }

    /// The path of the file `file` for a key; if there is none, `make` makes it in an empty folder.
    ///
    /// # Errors
    /// The folder cannot be written, or what `make` returns.
    pub fn get<E: From<ToolError>>(
        &self,
        name: &str,
        key: &str,
        file: &str,
        make: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let folder = self.folder.join(format!("{name}-{:016x}", hasher.finish()));
        let (key_path, path) = (folder.join(KEY), folder.join(file));
        let io = |error| E::from(ToolError::file(&folder)(error));
        if fs::read_to_string(&key_path).is_ok_and(|made| made == key) && path.is_file() {
            File::open(&key_path).and_then(|key| key.set_modified(SystemTime::now())).map_err(io)?;
            return Ok(path);
        }
        let work = self.folder.join(format!("{name}.new"));
        let _ = fs::remove_dir_all(&work);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&work).map_err(io)?;
        make(&work)?;
        // The intermediate files are large and no longer needed. The key comes last.
        fs::create_dir_all(&folder).map_err(io)?;
        fs::rename(work.join(file), &path).map_err(io)?;
        fs::remove_dir_all(&work).and_then(|()| fs::write(&key_path, key)).map_err(io)?;
        self.prune(name);
        Ok(path)
    }

    /// Removes the entries of a name that were used least recently.
    fn prune(&self, name: &str) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let has_name = |path: &Path| {
            let file_name = path.file_name().unwrap_or_default().to_string_lossy();
            file_name.rsplit_once('-').is_some_and(|(found, _)| found == name)
        };
        let mut folders: Vec<(SystemTime, PathBuf)> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| has_name(path))
            .filter_map(|path| Some((fs::metadata(path.join(KEY)).ok()?.modified().ok()?, path)))
            .collect();
        folders.sort();
        for (_, folder) in folders.iter().rev().skip(N_KEPT) {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_made_once_for_a_key_and_few_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path().to_owned()).unwrap();
        let mut n_made = 0;
        let mut get = |key: &str| {
            let made = |folder: &Path| {
                n_made += 1;
                fs::write(folder.join("file"), key).map_err(ToolError::file(folder))
            };
            let path = cache.get("entry", key, "file", made).unwrap();
            assert_eq!(fs::read_to_string(path).unwrap(), key);
        };
        get("a");
        get("a");
        for key in ["b", "c", "d", "e"] {
            get(key);
        }
        assert_eq!(n_made, 5);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), N_KEPT + 1, "entries and the lock");
    }

    #[test]
    fn an_entry_that_cannot_be_made_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path().to_owned()).unwrap();
        let fail = |_: &Path| Err(ToolError::NotLocked("none".to_owned()));
        assert!(cache.get("entry", "key", "file", fail).is_err());
        let make = |folder: &Path| fs::write(folder.join("file"), "").map_err(ToolError::file(folder));
        assert!(cache.get("entry", "key", "file", make).unwrap().is_file());
    }

    #[test]
    fn small_sources_share_a_unit_and_large_ones_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let sizes = [("a.cpp", 10), ("b.cpp", 10), ("c.cpp", UNIT_BYTES), ("d.cpp", 10)];
        let sources = sizes.map(|(name, size)| {
            let path = folder.path().join(name);
            fs::write(&path, vec![b' '; size as usize]).unwrap();
            path
        });
        let texts: Vec<String> = units(folder.path(), "fast", &sources)
            .unwrap()
            .iter()
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        assert_eq!(texts, ["#include \"a.cpp\"\n#include \"b.cpp\"\n", "#include \"c.cpp\"\n", "#include \"d.cpp\"\n"]);
    }
}
