//! The neuron update: adaptive leaky integrate-and-fire, one pure function on raw integers, its steps numbered.
//!
//! Source: the adaptive neuron of Yin, Corradi and Bohte, arXiv 2103.12593, eq. 1 to 3, with a filtered synaptic current,
//! a bias and a refractory period added. All levels are in weight steps of the neuron ([`crate::fixed::Level`]).

use crate::fixed::{DECAY_ONE_RAW, decay_floor_shift, saturate};

/// What a spike does to the potential of its own neuron.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResetMode {
    /// The potential becomes 0.
    ToZero,
    /// The threshold of this tick, adaptation included, is subtracted.
    #[default]
    Subtract,
}

/// The constants of one neuron. Decays are raw [`crate::fixed::Decay`], levels raw [`crate::fixed::Level`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NeuronParameters {
    /// Decay of the synaptic current a tick; 0 makes it the input of this tick alone (a delta synapse).
    pub synaptic_decay: u16,
    /// Decay of the membrane potential a tick.
    pub membrane_decay: u16,
    /// Decay of the adaptation a tick.
    pub adaptation_decay: u16,
    /// Threshold without adaptation, 1 to 32,767.
    pub threshold: i16,
    /// What a spike adds to the adaptation, 0 to 32,767; 0 makes a plain LIF neuron.
    pub adaptation_increment: i16,
    /// Constant input to the potential, every tick.
    pub bias: i16,
    /// Ticks after a spike in which the potential is held, 0 to [`MAX_REFRACTORY_TICKS`].
    pub refractory_ticks: u8,
    /// What a spike does to the potential.
    pub reset_mode: ResetMode,
    /// The neuron integrates and is never compared with its threshold (the leaky integrator of a readout).
    pub never_fires: bool,
}

/// The longest refractory period, in ticks.
pub const MAX_REFRACTORY_TICKS: u8 = 15;

/// What a neuron carries from tick to tick. All zero after a restart of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NeuronState {
    /// Membrane potential after the reset.
    pub potential: i16,
    /// Filtered synaptic current.
    pub current: i16,
    /// What adaptation adds to the threshold, 0 to 32,767.
    pub adaptation: i16,
    /// Ticks for which the potential is still held, 0 to [`MAX_REFRACTORY_TICKS`].
    pub refractory_left: u8,
}

/// Parameters that no neuron may have, as found by [`NeuronParameters::validate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidParameters {
    /// A decay above 1.
    #[error("{name} decay is {raw}, above {max} (a factor of 1)", max = DECAY_ONE_RAW)]
    Decay {
        /// Which decay.
        name: &'static str,
        /// Its raw value.
        raw: u16,
    },
    /// A threshold below 1.
    #[error("threshold is {0}, below 1")]
    Threshold(i16),
    /// A negative adaptation increment.
    #[error("adaptation increment is {0}, below 0")]
    AdaptationIncrement(i16),
    /// A refractory period too long.
    #[error("refractory period is {0} ticks, above {max}", max = MAX_REFRACTORY_TICKS)]
    RefractoryTicks(u8),
}

impl NeuronParameters {
    /// Checks every range that [`update`] relies on.
    ///
    /// # Errors
    /// The first parameter that is out of its range.
    pub fn validate(&self) -> Result<(), InvalidParameters> {
        let decays = [
            ("synaptic", self.synaptic_decay),
            ("membrane", self.membrane_decay),
            ("adaptation", self.adaptation_decay),
        ];
        for (name, raw) in decays {
            if raw > DECAY_ONE_RAW {
                return Err(InvalidParameters::Decay { name, raw });
            }
        }
        if self.threshold < 1 {
            return Err(InvalidParameters::Threshold(self.threshold));
        }
        if self.adaptation_increment < 0 {
            return Err(InvalidParameters::AdaptationIncrement(self.adaptation_increment));
        }
        if self.refractory_ticks > MAX_REFRACTORY_TICKS {
            return Err(InvalidParameters::RefractoryTicks(self.refractory_ticks));
        }
        Ok(())
    }
}

/// What one tick makes of one neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// The state after the tick.
    pub state: NeuronState,
    /// Whether the neuron fired.
    pub spike: bool,
    /// The potential before the reset less the threshold of the tick (step 5), saturated to 16 bits. Training
    /// differentiates a spike by it; the hardware does not keep it. A neuron that fires has a margin of 0 or more; so may
    /// one that does not, while it is refractory or if it never fires.
    pub margin: i16,
}

/// One tick of one neuron. `weight_sum` is the sum of the weights whose synapses carried a spike in this tick.
///
/// The sum fits 16 bits because a network image is refused unless every fan-in proves it. The steps are numbered for the
/// hardware to mirror; widths are of signed numbers unless a step states otherwise.
#[must_use]
#[inline]
pub fn update(parameters: &NeuronParameters, state: NeuronState, weight_sum: i16) -> Update {
    // 1. Synaptic current: decay (floor), add the input (17 bits), saturate to 16.
    let filtered = decay_floor_shift(state.current, parameters.synaptic_decay);
    let current = saturate(i32::from(filtered) + i32::from(weight_sum));

    // 2. Adaptation: decay (floor); it is never negative.
    let adaptation = decay_floor_shift(state.adaptation, parameters.adaptation_decay);

    // 3. Threshold of this tick: 17 bits, saturate to 16.
    let threshold = saturate(i32::from(parameters.threshold) + i32::from(adaptation));

    // 4. Membrane: held while refractory; else decay (floor), add current and bias (18 bits), saturate to 16.
    let refractory = state.refractory_left > 0;
    let integrated = if refractory {
        state.potential
    } else {
        let decayed = decay_floor_shift(state.potential, parameters.membrane_decay);
        saturate(i32::from(decayed) + i32::from(current) + i32::from(parameters.bias))
    };

    // 5. Fire at or above the threshold.
    let spike = !parameters.never_fires && !refractory && integrated >= threshold;
    let margin = integrated.saturating_sub(threshold);

    // 6. Reset of the potential: it is at or above a positive threshold, so the difference fits 16 bits.
    let potential = match (spike, parameters.reset_mode) {
        (false, _) => integrated,
        (true, ResetMode::ToZero) => 0,
        (true, ResetMode::Subtract) => integrated - threshold,
    };

    // 7. Effects of the spike on later ticks: adaptation (17 bits, saturate to 16) and the refractory count.
    let adaptation_next =
        if spike { saturate(i32::from(adaptation) + i32::from(parameters.adaptation_increment)) } else { adaptation };
    let refractory_left = if spike { parameters.refractory_ticks } else { state.refractory_left.saturating_sub(1) };

    Update { state: NeuronState { potential, current, adaptation: adaptation_next, refractory_left }, spike, margin }
}
