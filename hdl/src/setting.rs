//! A constant that is set when a block is built.

use rust_hdl::prelude::*;

/// The mask of the bits that numbers up to `max` need; registers of the other bits stay 0 and are optimized away.
#[must_use]
pub fn mask_up_to(max: u64) -> u64 {
    (max + 1).next_power_of_two() - 1
}

/// A constant of a block. Unlike rust-hdl's `Constant` it has a `Default`, so that blocks can derive theirs.
#[derive(Clone, Copy, Debug)]
pub struct Setting<T: Synth>(Constant<T>);

impl<T: Synth> Setting<T> {
    /// A constant with this value.
    #[must_use]
    pub fn new(value: impl Into<T>) -> Self {
        Self(Constant::new(value.into()))
    }

    /// The value, for use in kernels.
    #[must_use]
    pub fn val(&self) -> T {
        self.0.val()
    }
}

impl<T: Synth> Default for Setting<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Synth> Logic for Setting<T> {
    fn update(&mut self) {}
}

impl<T: Synth> Block for Setting<T> {
    fn connect_all(&mut self) {}

    fn update_all(&mut self) {}

    fn has_changed(&self) -> bool {
        false
    }

    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        probe.visit_atom(name, &self.0);
    }
}
