//! Calls into the Verilator models: the only `unsafe` code of the workspace. The C++ side is `cpp/simulation.h`.
#![allow(unsafe_code, reason = "models are C++; every block states why it is sound")]

use std::ffi::{CStr, c_char, c_void};
use std::fmt;
use std::io;
use std::ptr::NonNull;

use crate::top::Model;

/// The address and size of a port in an instance.
#[repr(C)]
#[derive(Clone, Copy)]
struct PortPlace {
    at: *mut c_void,
    n_bytes: u64,
}

/// The C++ functions of one top.
#[repr(C)]
struct Functions {
    create: unsafe extern "C" fn() -> *mut c_void,
    destroy: unsafe extern "C" fn(*mut c_void),
    ports: unsafe extern "C" fn(*mut c_void, *mut PortPlace),
    evaluate: unsafe extern "C" fn(*mut c_void),
    half_cycle: unsafe extern "C" fn(*mut c_void, u8),
    step: unsafe extern "C" fn(*mut c_void, u64),
    step_while: unsafe extern "C" fn(*mut c_void, u64, *const u8, u8) -> u64,
    open_trace: unsafe extern "C" fn(*mut c_void, *const c_char, u64),
    flush_trace: unsafe extern "C" fn(*mut c_void),
    close_trace: unsafe extern "C" fn(*mut c_void),
    trace_error: unsafe extern "C" fn(*mut c_void) -> i32,
}

include!(concat!(env!("OUT_DIR"), "/externs.rs"));

/// One instance of a model. Not `Send`: Verilator's runtime keeps state per thread.
pub struct Instance {
    functions: &'static Functions,
    this: NonNull<c_void>,
    ports: Box<[PortPlace]>,
}

impl Instance {
    /// A new instance in its initial state, with a low clock.
    pub fn new(model: Model, n_ports: usize) -> Self {
        let functions = functions(model);
        // SAFETY: `create` takes nothing and returns a new object, or ends the process when memory runs out.
        let this = unsafe { (functions.create)() };
        let this = NonNull::new(this).expect("`new` returns an object");
        let mut ports = vec![PortPlace { at: std::ptr::null_mut(), n_bytes: 0 }; n_ports].into_boxed_slice();
        // SAFETY: the build generates the C++ list and `n_ports` from the same ports, so exactly that many are written.
        // The object lies on the heap and never moves, so the addresses stay valid until it is destroyed.
        unsafe { (functions.ports)(this.as_ptr(), ports.as_mut_ptr()) };
        Self { functions, this, ports }
    }

    /// The value of a port of that size.
    #[inline]
    pub fn read<W: Word>(&self, port: usize) -> W {
        let place = self.place::<W>(port);
        // SAFETY: the address is that of a member of the object, which lives as long as `self`. C++ reports the size of `W`
        // for it, and it is aligned as its C++ type, an integer of that size. C++ writes it only within calls that borrow
        // `self` mutably.
        unsafe { place.read() }
    }

    /// Sets a port of that size.
    #[inline]
    pub fn write<W: Word>(&mut self, port: usize, value: W) {
        let place = self.place::<W>(port);
        // SAFETY: as in `read`; every bit pattern is a valid integer. `self` is borrowed mutably.
        unsafe { place.write(value) }
    }

    #[inline]
    fn place<W: Word>(&self, port: usize) -> *mut W {
        let place = self.ports[port];
        assert_eq!(place.n_bytes, size_of::<W>() as u64, "size of port {port}");
        place.at.cast()
    }

    /// Updates the outputs from the inputs.
    pub fn evaluate(&mut self) {
        // SAFETY: `this` is the object that `create` of these functions returned, and lives as long as `self`.
        unsafe { (self.functions.evaluate)(self.this.as_ptr()) }
    }

    /// Sets the clock and evaluates.
    #[inline]
    pub fn half_cycle(&mut self, level: bool) {
        // SAFETY: as in `evaluate`.
        unsafe { (self.functions.half_cycle)(self.this.as_ptr(), u8::from(level)) }
    }

    /// Runs `n_cycles`.
    pub fn step(&mut self, n_cycles: u64) {
        // SAFETY: as in `evaluate`.
        unsafe { (self.functions.step)(self.this.as_ptr(), n_cycles) }
    }

    /// Runs up to `n_cycles`, until a port of one byte is no longer `value`; returns how many ran.
    pub fn step_while(&mut self, port: usize, value: u8, n_cycles: u64) -> u64 {
        let place = self.place::<u8>(port);
        // SAFETY: as in `evaluate`; the address is that of a byte of the same object, see `read`.
        unsafe { (self.functions.step_while)(self.this.as_ptr(), n_cycles, place, value) }
    }

    /// Opens a waveform.
    pub fn open_trace(&mut self, path: &CStr, half_period_ps: u64) {
        // SAFETY: as in `evaluate`; the path is a C string that C++ copies.
        unsafe { (self.functions.open_trace)(self.this.as_ptr(), path.as_ptr(), half_period_ps) }
    }

    /// Flushes the waveform to its file.
    pub fn flush_trace(&mut self) {
        // SAFETY: as in `evaluate`.
        unsafe { (self.functions.flush_trace)(self.this.as_ptr()) }
    }

    /// Closes the waveform, if there is one.
    pub fn close_trace(&mut self) {
        // SAFETY: as in `evaluate`.
        unsafe { (self.functions.close_trace)(self.this.as_ptr()) }
    }

    /// The error that the last waveform failed with, if it did.
    pub fn trace_error(&self) -> Option<io::Error> {
        // SAFETY: as in `evaluate`; it only reads.
        let number = unsafe { (self.functions.trace_error)(self.this.as_ptr()) };
        (number != 0).then(|| io::Error::from_raw_os_error(number))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: as in `evaluate`; this is the last use of the object.
        unsafe { (self.functions.destroy)(self.this.as_ptr()) }
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").field("this", &self.this).finish_non_exhaustive()
    }
}

/// The integer type of a port.
pub trait Word: Copy + sealed::Sealed {}

impl Word for u8 {}
impl Word for u16 {}
impl Word for u32 {}
impl Word for u64 {}
impl<const N: usize> Word for [u32; N] {}

mod sealed {
    /// Integers without padding and without invalid values.
    pub trait Sealed {}
    impl Sealed for u8 {}
    impl Sealed for u16 {}
    impl Sealed for u32 {}
    impl Sealed for u64 {}
    impl<const N: usize> Sealed for [u32; N] {}
}

#[cfg(feature = "all-models")]
unsafe extern "C" {
    fn motorsrnn_bench_fifo(n_cycles: u64) -> u64;
}

/// The hand-written C++ loop that the bench compares with.
#[cfg(feature = "all-models")]
pub fn hand_written_loop(n_cycles: u64) -> u64 {
    // SAFETY: it takes and returns a number, and shares no state.
    unsafe { motorsrnn_bench_fifo(n_cycles) }
}
