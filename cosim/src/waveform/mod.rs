//! Waveforms of simulators: VCD, which is what models write, and FST, which is far smaller and made of it at the end.

mod fst;

use std::ffi::CString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf, absolute};

use thiserror::Error;

use crate::ffi::Instance;

/// Something that can write a waveform of what it does.
pub trait Traced {
    /// Writes a waveform from here on, for a clock of this speed; ends the one before. A file called `.fst` becomes an FST
    /// when the waveform ends, and is a VCD with `.vcd` behind its name until then; any other is a VCD.
    ///
    /// # Errors
    /// The file cannot be written, or what is there is no file.
    fn open_trace(&mut self, path: &Path, clock_hz: u32) -> Result<(), TraceError>;

    /// Puts the waveform so far into its file, if there is one.
    ///
    /// # Errors
    /// As [`Traced::check_trace`].
    fn flush_trace(&mut self) -> Result<(), TraceError>;

    /// Whether the waveform, if there is one, could be written so far.
    ///
    /// # Errors
    /// It could not; it has ended, once and for all.
    fn check_trace(&mut self) -> Result<(), TraceError>;

    /// Ends the waveform, if there is one.
    ///
    /// # Errors
    /// It could not be written to its end.
    fn close_trace(&mut self) -> Result<(), TraceError>;
}

/// A waveform that cannot be written.
#[derive(Debug, Error)]
pub enum TraceError {
    /// Nothing is left of it.
    #[error("cannot write the waveform {}: {error}", path.display())]
    Write {
        /// What it was to be called.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is there as a VCD.
    #[error("cannot make {} of the waveform, which is complete in {}: {error}", path.display(), vcd.display())]
    Convert {
        /// What it was to be called.
        path: PathBuf,
        /// What it is called.
        vcd: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// A waveform under way.
#[derive(Debug)]
pub struct Waveform {
    path: PathBuf,
    /// Where the model writes; `path` itself unless that is an FST.
    vcd: PathBuf,
}

impl Waveform {
    /// Begins it.
    pub fn begin(path: &Path, instance: &mut Instance, clock_hz: u32) -> Result<Self, TraceError> {
        let path = path.to_owned();
        let is_fst = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("fst"));
        let vcd = if is_fst { with_suffix(&path, ".vcd") } else { path.clone() };
        match create(&path, &vcd) {
            Ok(name) => {
                instance.open_trace(&name, PS_PER_SECOND / 2 / u64::from(clock_hz.max(1)));
                Ok(Self { path, vcd })
            }
            Err(error) => Err(TraceError::Write { path, error }),
        }
    }

    /// Ends it.
    pub fn finish(self, instance: &mut Instance) -> Result<(), TraceError> {
        let Self { path, vcd } = self;
        instance.close_trace();
        if let Some(error) = instance.trace_error() {
            let _ = fs::remove_file(vcd);
            return Err(TraceError::Write { path, error });
        }
        if vcd == path {
            return Ok(());
        }
        fst::convert(&vcd, &path).and_then(|()| fs::remove_file(&vcd)).map_err(|error| TraceError::Convert {
            path,
            vcd,
            error,
        })
    }
}

const PS_PER_SECOND: u64 = 1_000_000_000_000;

/// Creates the VCD, for an error that says why not; its name for C++.
fn create(path: &Path, vcd: &Path) -> io::Result<CString> {
    // What fails is removed, and nothing but a file may be.
    for path in [path, vcd] {
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::other("what is there is not a file"));
        }
    }
    File::create(vcd)?;
    // Verilator takes a name that begins with `|` for something else.
    Ok(CString::new(absolute(vcd)?.as_os_str().as_encoded_bytes())?)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
