//! The options that say what a NIR file does not.

use clap::{Args, ValueEnum};
use import::Unsaid;
use import::card::OutputKind;
use import::conventions::{
    Conventions, Gain, Integrator, PerNode, Producer, ResetKind, Setting, SpikesPerTick, SynapseRule,
};

/// How the file is read.
#[derive(Debug, Args)]
pub struct ConventionArgs {
    /// Who wrote the file
    #[arg(long, value_enum)]
    pub from: From,
    /// Time step, in the unit of the file's time constants, or with a unit: `4ms` [default: that of the framework, if it has one]
    #[arg(long, value_name = "TIME", value_parser = time_step)]
    pub dt: Option<TimeStep>,
    /// How the equations are integrated [default: as the framework does]
    #[arg(long, value_enum)]
    pub integrator: Option<IntegratorArg>,
    /// How a spike enters the synaptic current [default: as in the framework]
    #[arg(long, value_enum)]
    pub synapse: Option<SynapseArg>,
    /// What the input is multiplied by [default: as in the framework]
    #[arg(long, value_enum)]
    pub gain: Option<GainArg>,
    /// Factor of the file's time constants; 1000 for files of Norse 1.1.0
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = positive)]
    pub tau_scale: f64,
    /// What a spike does to the potential: `zero` or `subtract`, of all nodes or of one: `lif1=zero`
    #[arg(long, value_name = "[NODE=]RESET", value_delimiter = ',', value_parser = reset)]
    pub reset: Vec<ForNode<ResetKind>>,
    /// Whether the reset is one tick late: `yes` or `no`, of all nodes or of one: `lif1=no`
    #[arg(long, value_name = "[NODE=]yes|no", value_delimiter = ',', value_parser = yes_or_no)]
    pub reset_delay: Vec<ForNode<bool>>,
    /// Spikes of one neuron in one tick
    #[arg(long, value_enum)]
    pub spikes_per_tick: Option<SpikesArg>,
    /// Import neurons that fire several times in a tick as neurons that fire once
    #[arg(long)]
    pub lenient: bool,
}

/// Who wrote a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// snnTorch
    Snntorch,
    /// Norse
    Norse,
    /// Rockpool
    Rockpool,
    /// sinabs
    Sinabs,
    /// spyx
    Spyx,
    /// stork
    Stork,
    /// Anyone who means the equations of NIR
    Nir,
}

/// How a differential equation becomes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IntegratorArg {
    /// Decays of 1 - dt / tau
    Euler,
    /// Decays of exp(-dt / tau)
    Exp,
}

/// How a spike enters the synaptic current.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SynapseArg {
    /// a * current + (1 - a) * w_in * input
    Equation,
    /// a * current + w_in * input
    Jump,
    /// a * (current + w_in * input)
    JumpDecay,
}

/// What the input is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GainArg {
    /// As the equation says
    Equation,
    /// Nothing: r and w_in do not count
    One,
}

/// Spikes of one neuron in one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SpikesArg {
    /// At most one
    One,
    /// Several
    Several,
}

/// What the outputs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Numbers
    Value,
    /// Spikes since the start
    Count,
    /// The output with the largest of these
    Class,
}

impl std::convert::From<Output> for OutputKind {
    fn from(output: Output) -> Self {
        match output {
            Output::Value => Self::Values,
            Output::Count => Self::Counts,
            Output::Class => Self::Class,
        }
    }
}

/// A time in seconds, or in the unit of the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeStep(pub f64);

/// A value for a node; for all if it has no name.
#[derive(Clone, Debug, PartialEq)]
pub struct ForNode<T> {
    node: Option<String>,
    value: T,
}

impl ConventionArgs {
    /// How the file is read.
    #[must_use]
    pub fn conventions(&self) -> Conventions {
        Conventions {
            producer: match self.from {
                From::Snntorch => Producer::SnnTorch,
                From::Norse => Producer::Norse,
                From::Rockpool => Producer::Rockpool,
                From::Sinabs => Producer::Sinabs,
                From::Spyx => Producer::Spyx,
                From::Stork => Producer::Stork,
                From::Nir => Producer::Nir,
            },
            dt_s: self.dt.map(|TimeStep(dt)| dt),
            integrator: self.integrator.map(|integrator| match integrator {
                IntegratorArg::Euler => Integrator::Euler,
                IntegratorArg::Exp => Integrator::Exponential,
            }),
            synapse: self.synapse.map(|synapse| match synapse {
                SynapseArg::Equation => SynapseRule::Equation,
                SynapseArg::Jump => SynapseRule::Jump,
                SynapseArg::JumpDecay => SynapseRule::JumpThenDecay,
            }),
            gain: self.gain.map(|gain| match gain {
                GainArg::Equation => Gain::Equation,
                GainArg::One => Gain::One,
            }),
            tau_scale: self.tau_scale,
            reset: per_node(&self.reset),
            reset_delay: per_node(&self.reset_delay),
            spikes_per_tick: self.spikes_per_tick.map(|spikes| match spikes {
                SpikesArg::One => SpikesPerTick::One,
                SpikesArg::Several => SpikesPerTick::Several,
            }),
            is_lenient: self.lenient,
        }
    }
}

/// The options that supply the settings that the file and its producer leave open.
pub(super) fn advice(unsaid: &Unsaid) -> String {
    let option = |setting: &Setting| match setting {
        Setting::TimeStep => "`--dt`",
        Setting::Integrator => "`--integrator`",
        Setting::Reset => "`--reset`",
        Setting::ResetDelay => "`--reset-delay`",
        Setting::Gain => "`--gain`",
        Setting::SpikesPerTick => "`--spikes-per-tick`",
    };
    let options: Vec<&str> = unsaid.settings.iter().map(|(setting, _)| option(setting)).collect();
    format!("set it with {}", options.join(", "))
}

fn per_node<T: Copy>(values: &[ForNode<T>]) -> PerNode<T> {
    let mut per_node = PerNode::default();
    for ForNode { node, value } in values {
        match node {
            Some(node) => drop(per_node.of.insert(node.clone(), *value)),
            None => per_node.default = Some(*value),
        }
    }
    per_node
}

fn for_node<T>(text: &str, value: impl Fn(&str) -> Option<T>, values: &str) -> Result<ForNode<T>, String> {
    let (node, name) = match text.rsplit_once('=') {
        Some((node, name)) => (Some(node.to_owned()), name),
        None => (None, text),
    };
    value(name).map(|value| ForNode { node, value }).ok_or_else(|| format!("it is not {values}"))
}

fn reset(text: &str) -> Result<ForNode<ResetKind>, String> {
    let value = |name: &str| match name {
        "zero" => Some(ResetKind::Zero),
        "subtract" => Some(ResetKind::Subtract),
        _ => None,
    };
    for_node(text, value, "`zero` or `subtract`")
}

fn yes_or_no(text: &str) -> Result<ForNode<bool>, String> {
    let value = |name: &str| match name {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    for_node(text, value, "`yes` or `no`")
}

/// A number above 0.
pub(super) fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => Err("it is not a number above 0".to_owned()),
    }
}

fn time_step(text: &str) -> Result<TimeStep, String> {
    let units = [("ms", 1e-3), ("us", 1e-6), ("s", 1.0)];
    let with_unit = units.iter().find_map(|(unit, seconds)| text.strip_suffix(unit).map(|number| (number, *seconds)));
    let (number, seconds) = with_unit.unwrap_or((text, 1.0));
    positive(number.trim()).map(|value| TimeStep(value * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_step_has_a_unit_or_that_of_the_file() {
        assert_eq!(time_step("4ms"), Ok(TimeStep(4e-3)));
        assert_eq!(time_step("1e-4"), Ok(TimeStep(1e-4)));
        assert!(time_step("0").is_err() && time_step("ms").is_err() && time_step("inf").is_err());
    }

    #[test]
    fn a_reset_is_of_all_nodes_or_of_one() {
        assert_eq!(reset("zero"), Ok(ForNode { node: None, value: ResetKind::Zero }));
        let of_one = ForNode { node: Some("rlif.lif".to_owned()), value: ResetKind::Subtract };
        assert_eq!(reset("rlif.lif=subtract"), Ok(of_one));
        assert!(reset("lif=maybe").unwrap_err().contains("`zero` or `subtract`"));
    }
}
