//! One instance of a top module: ports, clock and waveform.

use std::marker::PhantomData;
use std::path::Path;

use crate::ffi::{Instance, Word};
use crate::top::Top;
use crate::waveform::{TraceError, Traced, Waveform};

/// An instance of a top, just configured, with a low clock.
///
/// The generated models add a method for each port. Inputs take effect at the next evaluation or step, and registers see them
/// at the next rising edge of the clock.
#[derive(Debug)]
pub struct Simulator<T> {
    instance: Instance,
    /// The waveform being written.
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

    /// Runs half a cycle: sets the clock to this level.
    #[inline]
    pub fn half_cycle(&mut self, level: bool) {
        self.instance.half_cycle(level);
    }

    /// Updates the outputs from the inputs, without a clock edge.
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

/// Closes the waveform. Whoever must know whether it is whole closes it before, by [`Traced::close_trace`].
impl<T> Drop for Simulator<T> {
    fn drop(&mut self) {
        let _ = self.close_trace();
    }
}

/// A design with the two pins of a serial line.
pub trait SerialPins: Traced {
    /// Sets the pin that the design receives on.
    fn set_rx(&mut self, level: bool);
    /// The level of the pin that the design sends on.
    fn tx(&self) -> bool;
    /// Runs up to `n_cycles`, until `tx` is no longer `level`; returns how many ran.
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
