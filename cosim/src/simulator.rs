//! One instance of a top module: its ports, its clock, its waveform.

use std::marker::PhantomData;
use std::path::Path;

use crate::ffi::{Instance, Word};
use crate::model::Model;
use crate::waveform::{TraceError, Traced, Waveform};

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
    waveform: Option<Waveform>,
    top: PhantomData<T>,
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
        Self { instance: Instance::new(T::MODEL, T::N_PORTS), waveform: None, top: PhantomData }
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

impl<T> Traced for Simulator<T> {
    fn open_trace(&mut self, path: &Path, clock_hz: u32) -> Result<(), TraceError> {
        self.close_trace()?;
        self.waveform = Some(Waveform::begin(path, &mut self.instance, clock_hz)?);
        self.check_trace()
    }

    fn flush_trace(&mut self) -> Result<(), TraceError> {
        self.instance.flush_trace();
        self.check_trace()
    }

    fn check_trace(&mut self) -> Result<(), TraceError> {
        if self.waveform.is_some() && self.instance.trace_error().is_some() { self.close_trace() } else { Ok(()) }
    }

    fn close_trace(&mut self) -> Result<(), TraceError> {
        self.waveform.take().map_or(Ok(()), |waveform| waveform.finish(&mut self.instance))
    }
}

/// Ends the waveform.
impl<T> Drop for Simulator<T> {
    fn drop(&mut self) {
        if let Err(error) = self.close_trace() {
            eprintln!("{error}");
        }
    }
}

/// Something with the two pins of a serial line.
pub trait SerialPins: Traced {
    /// Sets the pin that the design listens to.
    fn set_rx(&mut self, level: bool);
    /// The pin that the design drives.
    fn tx(&self) -> bool;
    /// Runs up to `n_cycles`, but ends with the cycle in which `tx` is no longer `level`; says how many ran.
    fn step_while_tx(&mut self, level: bool, n_cycles: u64) -> u64;
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
}

impl Traced for Box<dyn SerialPins> {
    fn open_trace(&mut self, path: &Path, clock_hz: u32) -> Result<(), TraceError> {
        (**self).open_trace(path, clock_hz)
    }

    fn flush_trace(&mut self) -> Result<(), TraceError> {
        (**self).flush_trace()
    }

    fn check_trace(&mut self) -> Result<(), TraceError> {
        (**self).check_trace()
    }

    fn close_trace(&mut self) -> Result<(), TraceError> {
        (**self).close_trace()
    }
}
