//! The rules that a topology file must keep beyond its syntax.

use spec::core::CORES;

use super::topology::{Area, INPUT, Projection, ProjectionKind, READOUT, Readout, Topology};
use crate::TrainError;
use crate::range::{ABOVE_ZERO, NOT_NEGATIVE, SHARE, first_outside};

/// Most areas of a topology.
const MAX_AREAS: usize = 256;
/// Most projections of a topology.
const MAX_PROJECTIONS: usize = 4096;

impl Topology {
    /// Checks names, ranges, the numbers of areas, neurons and projections, and that every area and the readout receive a
    /// projection; `file` is the name that errors give.
    ///
    /// # Errors
    /// The first rule broken, with the area or projection and what to do.
    pub fn check(&self, file: &str) -> Result<(), TrainError> {
        let refuse = |place: String, cause: String, next_step: &str| {
            Err(TrainError::Topology { file: file.to_owned(), place, cause, next_step: next_step.to_owned() })
        };
        if self.name.trim().is_empty() {
            return refuse("name".to_owned(), "it is empty".to_owned(), "give the topology a name of its own");
        }
        if self.areas.is_empty() {
            return refuse("areas".to_owned(), "there are none".to_owned(), "add an [[area]]");
        }
        for (place, count, most) in
            [("areas", self.areas.len(), MAX_AREAS), ("projections", self.projections.len(), MAX_PROJECTIONS)]
        {
            if count > most {
                let next_step = format!("merge some until there are at most {most}");
                return refuse(place.to_owned(), format!("there are {count}"), &next_step);
            }
        }
        for (index, area) in self.areas.iter().enumerate() {
            let place = format!("area `{}`", area.name);
            if area.name.is_empty() || area.name == INPUT || area.name == READOUT {
                return refuse(place, "the name is empty or reserved".to_owned(), "rename the area");
            }
            if self.areas[..index].iter().any(|earlier| earlier.name == area.name) {
                return refuse(place, "the name appears twice".to_owned(), "rename one of the areas");
            }
            if area.neurons == 0 {
                return refuse(place, "it has no neurons".to_owned(), "set neurons to at least 1 or remove the area");
            }
            if area.neurons > largest_core() {
                let next_step = format!("set neurons to at most {}, which the largest core holds", largest_core());
                return refuse(place, format!("it has {} neurons", area.neurons), &next_step);
            }
            if let Some((name, value, range)) = area_value_out_of_range(area) {
                return refuse(place, format!("{name} is {value}"), &format!("set it to {range}"));
            }
        }
        if self.n_neurons() > largest_core() {
            let next_step = format!("make them at most {}, which the largest core holds", largest_core());
            return refuse("areas".to_owned(), format!("they have {} neurons", self.n_neurons()), &next_step);
        }
        if let Some((name, value, range)) = readout_value_out_of_range(&self.readout) {
            return refuse(READOUT.to_owned(), format!("{name} is {value}"), &format!("set it to {range}"));
        }
        for (index, projection) in self.projections.iter().enumerate() {
            let place = format!("projection `{}` -> `{}`", projection.from, projection.to);
            if let Some((cause, next_step)) = self.projection_fault(projection) {
                return refuse(place, cause, next_step);
            }
            let same = |earlier: &Projection| earlier.from == projection.from && earlier.to == projection.to;
            if self.projections[..index].iter().any(same) {
                return refuse(place, "it appears twice".to_owned(), "merge the two into one density");
            }
        }
        if !self.projections.iter().any(|projection| projection.from == INPUT) {
            let cause = "no projection starts at `input`".to_owned();
            return refuse("projections".to_owned(), cause, "add a [[projection]] from `input` to an area");
        }
        let targets = self.areas.iter().map(|area| area.name.as_str()).chain([READOUT]);
        for target in targets {
            if !self.projections.iter().any(|projection| projection.to == target && projection.from != target) {
                let cause = "no other area projects to it".to_owned();
                return refuse(format!("area `{target}`"), cause, "add a [[projection]] that ends there");
            }
        }
        Ok(())
    }

    fn projection_fault(&self, projection: &Projection) -> Option<(String, &'static str)> {
        let is_area = |name: &str| self.areas.iter().any(|area| area.name == name);
        if !(projection.from == INPUT || is_area(&projection.from)) {
            let cause = format!("there is no area `{}`", projection.from);
            return Some((cause, "start it at `input` or at an area of this file"));
        }
        if !(projection.to == READOUT || is_area(&projection.to)) {
            let cause = format!("there is no area `{}`", projection.to);
            return Some((cause, "end it at an area of this file or at `readout`"));
        }
        if (projection.kind == ProjectionKind::Recurrent) != (projection.from == projection.to) {
            let cause = format!("its kind is {:?}", projection.kind);
            return Some((cause, "make it recurrent within one area, forward or feedback between two"));
        }
        if !(projection.density > 0.0 && projection.density <= 1.0) {
            return Some((format!("density is {}", projection.density), "set it above 0 and at most 1"));
        }
        if !(projection.gain > 0.0 && projection.gain.is_finite()) {
            return Some((format!("gain is {}", projection.gain), "set it to a number above 0"));
        }
        None
    }
}

/// Neurons of the named core that has most.
fn largest_core() -> usize {
    CORES.iter().map(|core| core.configuration.neurons() as usize).max().unwrap_or(0)
}

fn area_value_out_of_range(area: &Area) -> Option<(&'static str, f64, &'static str)> {
    first_outside(&[
        ("membrane_tau_ms", area.membrane_tau_ms, ABOVE_ZERO),
        ("membrane_tau_spread_ms", area.membrane_tau_spread_ms, NOT_NEGATIVE),
        ("synaptic_tau_ms", area.synaptic_tau_ms, NOT_NEGATIVE),
        ("adaptation_tau_ms", area.adaptation_tau_ms, ABOVE_ZERO),
        ("adaptation_tau_spread_ms", area.adaptation_tau_spread_ms, NOT_NEGATIVE),
        ("adaptive_share", area.adaptive_share, SHARE),
        ("adaptation_increment", area.adaptation_increment, NOT_NEGATIVE),
        ("refractory_ms", area.refractory_ms, NOT_NEGATIVE),
    ])
}

fn readout_value_out_of_range(readout: &Readout) -> Option<(&'static str, f64, &'static str)> {
    first_outside(&[
        ("membrane_tau_ms", readout.membrane_tau_ms, ABOVE_ZERO),
        ("synaptic_tau_ms", readout.synaptic_tau_ms, NOT_NEGATIVE),
    ])
}
