//! The simulated tops; the build writes the list.

/// A top module that there is a model of.
pub trait Top {
    /// Its model.
    const MODEL: Model;
    /// How many ports it has.
    const N_PORTS: usize;
}

include!(concat!(env!("OUT_DIR"), "/names.rs"));
