//! One instance of a top module: its ports, its clock, its waveform.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::ffi::{Instance, Word};
use crate::model::Model;
use crate::waveform;

/// A top module that there is a model of.
pub trait Top {
    /// Which one.
    const MODEL: Model;
    /// Ports that it has.
    const N_PORTS: usize;
}

/// An instance of a top, just after configuration, with a low clock.
///
/// Ports are methods that [`crate::model`] adds. Inputs take effect when something is run, and inputs that change are seen
/// by the next rising clock.
#[derive(Debug)]
pub struct Simulator<T> {
    instance: Instance,
    /// The waveform that is being written.
    trace: Option<PathBuf>,
    top: PhantomData<T>,
}

/// A waveform that cannot be written.
#[derive(Debug, Error)]
#[error("cannot write the waveform {}: {error}", path.display())]
pub struct TraceError {
    path: PathBuf,
    error: io::Error,
}

impl<T: Top> Default for Simulator<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Top> Simulator<T> {
    /// A new instance.
    #[must_use]
    pub fn new() -> Self {
        Self { instance: Instance::new(T::MODEL, T::N_PORTS), trace: None, top: PhantomData }
    }

    /// Runs whole cycles: the clock rises, then falls.
    pub fn step(&mut self, n_cycles: u64) {
        self.instance.step(n_cycles);
    }

    /// Runs half a cycle: the clock takes this level.
    #[inline]
    pub fn half_cycle(&mut self, level: bool) {
        self.instance.half_cycle(level);
    }

    /// Lets outputs follow inputs, the clock standing still.
    pub fn evaluate(&mut self) {
        self.instance.evaluate();
    }

    /// Writes a waveform from here on, for a clock of this speed; ends the one before. A file called `.fst` becomes an FST
    /// when the waveform ends, and is a VCD with `.vcd` behind its name until then; any other becomes a VCD.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open_trace(&mut self, path: &Path, clock_hz: u32) -> Result<(), TraceError> {
        self.close_trace()?;
        let fail = |error| TraceError { path: path.to_owned(), error };
        let vcd = waveform::vcd_path(path);
        // Opened here first, for an error that says why.
        File::create(path).and_then(|_| File::create(&vcd)).map_err(fail)?;
        let text = CString::new(vcd.as_os_str().as_encoded_bytes()).map_err(|error| fail(error.into()))?;
        let half_period_ps = PS_PER_SECOND / 2 / u64::from(clock_hz.max(1));
        if !self.instance.open_trace(&text, half_period_ps) {
            return Err(fail(io::ErrorKind::Other.into()));
        }
        self.trace = Some(path.to_owned());
        Ok(())
    }

    /// Puts the waveform so far into its file, if there is one.
    pub fn flush_trace(&mut self) {
        self.instance.flush_trace();
    }

    /// Ends the waveform, if there is one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn close_trace(&mut self) -> Result<(), TraceError> {
        let Some(path) = self.trace.take() else { return Ok(()) };
        self.instance.close_trace();
        waveform::finish(&path).map_err(|error| TraceError { path, error })
    }

    #[inline]
    pub(crate) fn read<W: Word>(&self, port: usize) -> W {
        self.instance.read(port)
    }

    #[inline]
    pub(crate) fn write<W: Word>(&mut self, port: usize, value: W) {
        self.instance.write(port, value);
    }

    pub(crate) fn read_wide<const N: usize>(&self, port: usize) -> [u32; N] {
        self.instance.read(port)
    }

    pub(crate) fn write_wide<const N: usize>(&mut self, port: usize, value: [u32; N], bits: usize) {
        let above = bits % 32;
        assert!(above == 0 || value[N - 1] >> above == 0, "a value of more than {bits} bits");
        self.instance.write(port, value);
    }

    pub(crate) fn step_while(&mut self, port: usize, level: bool, n_cycles: u64) -> u64 {
        self.instance.step_while(port, u8::from(level), n_cycles)
    }
}

/// Ends the waveform; one that cannot be finished is left as it is.
impl<T> Drop for Simulator<T> {
    fn drop(&mut self) {
        if let Some(path) = self.trace.take() {
            self.instance.close_trace();
            if let Err(error) = waveform::finish(&path) {
                eprintln!("{}", TraceError { path, error });
            }
        }
    }
}

const PS_PER_SECOND: u64 = 1_000_000_000_000;

/// Something with the two pins of a serial line.
pub trait SerialPins {
    /// Sets the pin that the design listens to.
    fn set_rx(&mut self, level: bool);
    /// The pin that the design drives.
    fn tx(&self) -> bool;
    /// Runs up to `n_cycles`, but ends with the cycle in which `tx` is no longer `level`; says how many ran.
    fn step_while_tx(&mut self, level: bool, n_cycles: u64) -> u64;
    /// Writes a waveform from here on, as [`Simulator::open_trace`].
    ///
    /// # Errors
    /// The file cannot be written.
    fn open_trace(&mut self, path: &Path, clock_hz: u32) -> Result<(), TraceError>;
    /// Puts the waveform so far into its file, if there is one.
    fn flush_trace(&mut self);
}

impl SerialPins for Box<dyn SerialPins> {
    fn set_rx(&mut self, level: bool) {
        (**self).set_rx(level);
    }

    fn tx(&self) -> bool {
        (**self).tx()
    }

    fn step_while_tx(&mut self, level: bool, n_cycles: u64) -> u64 {
        (**self).step_while_tx(level, n_cycles)
    }

    fn open_trace(&mut self, path: &Path, clock_hz: u32) -> Result<(), TraceError> {
        (**self).open_trace(path, clock_hz)
    }

    fn flush_trace(&mut self) {
        (**self).flush_trace();
    }
}
