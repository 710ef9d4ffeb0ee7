//! The hardware in lockstep with the reference model: every state, spike, score and counter of every tick is compared.

use std::fmt;
use std::path::{Path, PathBuf};

use model::Core;
use spec::core::MEMORY_READ_CYCLES;
use spec::image::{ImageError, NetworkImage, SectionKind};
use spec::lif::NeuronState;
use spec::trace::NeuronUpdate;
use thiserror::Error;

use crate::core_pins::{CoreTop, MemoryPlace, MemoryWord};
use crate::simulator::Simulator;
use crate::waveform::{TraceError, Traced};

/// Cycles after which a core counts as hung; far beyond any tick.
const PATIENCE_CYCLES: u64 = 4_000_000;
/// Ticks that a waveform shows before the divergence.
const WAVEFORM_TICKS: usize = 2;
/// Clock frequency in waveforms.
const WAVEFORM_CLOCK_HZ: u32 = 100_000_000;

/// A core and its model, loaded with the same network.
#[derive(Debug)]
pub struct Lockstep<T: CoreTop> {
    rtl: Simulator<T>,
    model: Core,
    image: NetworkImage,
    /// Input events of the ticks since the last restart.
    history: Vec<Vec<u16>>,
    /// Neurons that fired in the last tick.
    spikes: Vec<u16>,
    /// Events of the next tick that the hardware already has.
    n_early: usize,
    waveform: Option<PathBuf>,
}

/// What a tick cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickReport {
    /// Cycles from the tick's start, after its last event, to its decision.
    pub cycles: u32,
    /// Cycles from its first event to its decision.
    pub period: u32,
    /// Synaptic events of the busiest lane.
    pub busiest_lane_events: u32,
    /// Synaptic events of all lanes.
    pub synaptic_events: u32,
    /// Rows that carried an event or a spike.
    pub active_rows: u32,
    /// The bound on `cycles`.
    pub bound: u32,
}

/// The first difference between hardware and model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The tick since the restart, from 0.
    pub tick: usize,
    /// The neuron, if one is concerned.
    pub neuron: Option<u16>,
    /// What differs.
    pub what: &'static str,
    /// The model's value.
    pub model: i64,
    /// The hardware's value.
    pub rtl: i64,
    /// The waveform of the ticks up to the difference, if one was requested.
    pub waveform: Option<PathBuf>,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tick {}", self.tick)?;
        if let Some(neuron) = self.neuron {
            write!(f, ", neuron {neuron}")?;
        }
        write!(f, ": {} should be {} and is {}", self.what, self.model, self.rtl)?;
        match &self.waveform {
            Some(path) => write!(f, "; waveform: {}", path.display()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Divergence {}

/// A network that cannot be run in lockstep.
#[derive(Debug, Error)]
pub enum LockstepError {
    /// The bytes are not an image.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The network does not fit the core.
    #[error(transparent)]
    Misfit(#[from] spec::core::Misfit),
    /// The core's memories do not return what was written.
    #[error(transparent)]
    Memory(#[from] Divergence),
}

impl<T: CoreTop> Lockstep<T> {
    /// Loads the network into both, reads it back from the hardware, and restarts both.
    ///
    /// # Errors
    /// Bytes that are not an image, an image that does not fit the core, or a memory that does not hold what was written.
    pub fn new(image_bytes: &[u8]) -> Result<Self, LockstepError> {
        let image = NetworkImage::decode(image_bytes)?;
        T::CONFIGURATION.accommodates(&image.requirement())?;
        let model = Core::from_image(image_bytes)?;
        let mut rtl = Simulator::new();
        load(&mut rtl, &image);
        check_memories(&mut rtl, &image)?;
        restart(&mut rtl)?;
        Ok(Self { rtl, model, image, history: Vec::new(), spikes: Vec::new(), n_early: 0, waveform: None })
    }

    /// Writes a waveform to this file when a divergence is found.
    #[must_use]
    pub fn with_waveform(mut self, path: &Path) -> Self {
        self.waveform = Some(path.to_owned());
        self
    }

    /// Replaces the model, to test the comparison.
    #[must_use]
    pub fn against(mut self, model: Core) -> Self {
        self.model = model;
        self
    }

    /// Events of the next tick that the hardware already has.
    #[must_use]
    pub fn n_early(&self) -> usize {
        self.n_early
    }

    /// Restarts both.
    ///
    /// # Errors
    /// The hardware does not finish its restart.
    pub fn restart(&mut self) -> Result<(), Divergence> {
        restart(&mut self.rtl)?;
        self.model.restart();
        self.history.clear();
        self.spikes.clear();
        self.n_early = 0;
        Ok(())
    }

    /// Writes a waveform from now on.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open_trace(&mut self, path: &Path) -> Result<(), TraceError> {
        self.rtl.open_trace(path, WAVEFORM_CLOCK_HZ)
    }

    /// Runs a tick in both.
    ///
    /// # Errors
    /// The first difference.
    ///
    /// # Panics
    /// If the model refuses the events.
    pub fn tick(&mut self, channels: &[u16]) -> Result<TickReport, Divergence> {
        self.tick_while_giving(channels, &[])
    }

    /// Runs a tick in both, and offers the hardware events of the next tick meanwhile. The next tick must begin with those
    /// that it took.
    ///
    /// # Errors
    /// The first difference.
    ///
    /// # Panics
    /// If the model refuses the events.
    pub fn tick_while_giving(&mut self, channels: &[u16], next: &[u16]) -> Result<TickReport, Divergence> {
        self.history.push(channels.to_vec());
        let (active_rows, busiest_lane_events) = self.load_of(channels);
        let mut outcome = Outcome::expected(&mut self.model, channels);
        let given = std::mem::take(&mut self.n_early);
        let run = run_tick(&mut self.rtl, &channels[given..], next, &mut self.n_early, Some(&mut outcome));
        self.spikes.clone_from(&outcome.spikes);
        let (cycles, period) = match run {
            Ok(cycles) => cycles,
            Err(mut divergence) => {
                divergence.tick = self.history.len() - 1;
                divergence.waveform = self.waveform.take().filter(|path| self.draw(path).is_ok());
                return Err(divergence);
            }
        };
        let per_lane = self.image.neurons.len().div_ceil(self.image.lanes.len()) as u32;
        let bound = T::CONFIGURATION.tick_cycles_bound(busiest_lane_events, per_lane);
        Ok(TickReport {
            cycles,
            period,
            busiest_lane_events,
            synaptic_events: outcome.synaptic_events,
            active_rows,
            bound,
        })
    }

    /// Active rows of the next tick, and the synaptic events of its busiest lane.
    fn load_of(&self, channels: &[u16]) -> (u32, u32) {
        let spikes = self.spikes.iter().map(|neuron| self.image.n_channels + neuron);
        let rows: Vec<usize> = channels.iter().copied().chain(spikes).map(usize::from).collect();
        let events_on = |row_ptr: &[u16]| rows.iter().map(|row| u32::from(row_ptr[row + 1] - row_ptr[*row])).sum();
        let busiest = self.image.lanes.iter().map(|lane| events_on(&lane.row_ptr)).max();
        (rows.len() as u32, busiest.unwrap_or(0))
    }

    /// Repeats the ticks since the restart, and writes a waveform of the last ones.
    fn draw(&self, path: &Path) -> Result<(), TraceError> {
        let mut rtl = Simulator::<T>::new();
        load(&mut rtl, &self.image);
        if restart(&mut rtl).is_err() {
            return Ok(());
        }
        for (tick, channels) in self.history.iter().enumerate() {
            if tick == self.history.len().saturating_sub(1 + WAVEFORM_TICKS) {
                rtl.open_trace(path, WAVEFORM_CLOCK_HZ)?;
            }
            if run_tick(&mut rtl, channels, &[], &mut 0, None).is_err() {
                break;
            }
        }
        rtl.close_trace()
    }
}

/// The model's results of a tick, to compare the hardware with.
struct Outcome {
    states: Vec<NeuronState>,
    spikes: Vec<u16>,
    scores: Vec<i16>,
    class: u8,
    synaptic_events: u32,
    /// Neurons updated so far; each must be updated once.
    updated: Vec<bool>,
}

impl Outcome {
    fn expected(model: &mut Core, channels: &[u16]) -> Self {
        let outcome = model.tick(channels).expect("the events exist and ascend");
        let (spikes, scores) = (outcome.spikes.to_vec(), outcome.scores.to_vec());
        let (class, synaptic_events) = (outcome.class, outcome.synaptic_events);
        let states = model.states().to_vec();
        let updated = vec![false; states.len()];
        Self { states, spikes, scores, class, synaptic_events, updated }
    }

    /// Compares one update of one lane.
    fn check_update(&mut self, lane: usize, n_lanes: usize, update: &NeuronUpdate) -> Result<(), Divergence> {
        let neuron = usize::from(update.index) * n_lanes + lane;
        let differs = |what, model: i64, rtl: i64| different(Some(neuron as u16), what, model, rtl);
        let Some(state) = self.states.get(neuron) else {
            return Err(differs("updates of a neuron that does not exist", 0, 1));
        };
        if std::mem::replace(&mut self.updated[neuron], true) {
            return Err(differs("updates of the neuron", 1, 2));
        }
        let spiked = self.spikes.binary_search(&(neuron as u16)).is_ok();
        let fields = [
            ("potential", i64::from(state.potential), i64::from(update.state.potential)),
            ("current", i64::from(state.current), i64::from(update.state.current)),
            ("adaptation", i64::from(state.adaptation), i64::from(update.state.adaptation)),
            ("refractory ticks left", i64::from(state.refractory_left), i64::from(update.state.refractory_left)),
            ("spike", i64::from(spiked), i64::from(update.spike)),
        ];
        for (what, model, rtl) in fields {
            if model != rtl {
                return Err(differs(what, model, rtl));
            }
        }
        Ok(())
    }
}

fn different(neuron: Option<u16>, what: &'static str, model: i64, rtl: i64) -> Divergence {
    Divergence { tick: 0, neuron, what, model, rtl, waveform: None }
}

fn equal(what: &'static str, model: impl Into<i64>, rtl: impl Into<i64>) -> Result<(), Divergence> {
    let (model, rtl) = (model.into(), rtl.into());
    if model == rtl { Ok(()) } else { Err(different(None, what, model, rtl)) }
}

/// Runs a tick of the hardware and compares it with `expected`; returns the cycles from the start and from the first event.
/// Offers events of the `next` tick meanwhile; `n_early` counts those that were taken.
fn run_tick<T: CoreTop>(
    rtl: &mut Simulator<T>,
    channels: &[u16],
    next: &[u16],
    n_early: &mut usize,
    mut expected: Option<&mut Outcome>,
) -> Result<(u32, u32), Divergence> {
    let mut period = 0;
    for channel in channels {
        T::set_event(rtl, Some(*channel));
        rtl.evaluate();
        while !T::event_ready(rtl) {
            period = count(period)?;
            rtl.step(1);
        }
        period = count(period)?;
        rtl.step(1);
    }
    T::set_event(rtl, None);
    T::set_start(rtl, true);
    rtl.step(1);
    T::set_start(rtl, false);
    rtl.evaluate();
    let n_lanes = usize::from(T::CONFIGURATION.lanes);
    let mut cycles = 1;
    loop {
        if let Some(expected) = expected.as_deref_mut() {
            for lane in 0..n_lanes {
                if let Some(update) = NeuronUpdate::from_word(T::trace(rtl, lane)) {
                    expected.check_update(lane, n_lanes, &update)?;
                }
            }
        }
        cycles = count(cycles)?;
        let done = T::done(rtl);
        T::set_event(rtl, next.get(*n_early).copied());
        rtl.evaluate();
        *n_early += usize::from(*n_early < next.len() && T::event_ready(rtl));
        rtl.step(1);
        if done {
            break;
        }
    }
    T::set_event(rtl, None);
    if let Some(expected) = expected {
        check_results(rtl, expected)?;
        equal("cycles of the tick", cycles as i64, T::tick_cycles(rtl))?;
    }
    Ok((cycles as u32, (period + cycles) as u32))
}

fn check_results<T: CoreTop>(rtl: &mut Simulator<T>, expected: &Outcome) -> Result<(), Divergence> {
    if let Some(neuron) = expected.updated.iter().position(|updated| !updated) {
        return Err(different(Some(neuron as u16), "updates of the neuron", 1, 0));
    }
    equal("number of spikes", expected.spikes.len() as i64, T::n_spikes(rtl))?;
    equal("number of synaptic events", expected.synaptic_events, T::synaptic_events(rtl))?;
    for (class, score) in expected.scores.iter().enumerate() {
        T::set_score_class(rtl, class as u8);
        rtl.step(2);
        equal("score", *score, T::score(rtl).cast_signed())?;
    }
    equal("decision", expected.class, T::decision(rtl))
}

fn count(cycles: u64) -> Result<u64, Divergence> {
    if cycles < PATIENCE_CYCLES {
        Ok(cycles + 1)
    } else {
        Err(different(None, "cycles of a tick or restart that does not end", 0, PATIENCE_CYCLES as i64))
    }
}

fn restart<T: CoreTop>(rtl: &mut Simulator<T>) -> Result<(), Divergence> {
    T::set_restart(rtl, true);
    rtl.step(1);
    T::set_restart(rtl, false);
    rtl.evaluate();
    let mut cycles = 0;
    while T::busy(rtl) {
        cycles = count(cycles)?;
        rtl.step(1);
    }
    Ok(())
}

fn load<T: CoreTop>(rtl: &mut Simulator<T>, image: &NetworkImage) {
    T::set_sizes(rtl, image.n_channels, image.neurons.len() as u16, image.n_readouts() as u8);
    T::set_forget(rtl, true);
    rtl.step(1);
    T::set_forget(rtl, false);
    for word in words(image) {
        T::set_write(rtl, Some(word));
        rtl.step(1);
        T::set_write(rtl, None);
        rtl.step(1);
    }
}

fn check_memories<T: CoreTop>(rtl: &mut Simulator<T>, image: &NetworkImage) -> Result<(), Divergence> {
    for MemoryWord { place, data } in words(image) {
        T::set_read(rtl, Some(place));
        rtl.step(MEMORY_READ_CYCLES.into());
        equal("a word of a memory", data, T::read_data(rtl))?;
    }
    T::set_read(rtl, None);
    Ok(())
}

/// Every word in the memories of a core with this network.
pub fn words(image: &NetworkImage) -> impl Iterator<Item = MemoryWord> {
    let sections = (0..image.lanes.len() as u8).flat_map(|lane| SectionKind::ALL.map(|section| (lane, section)));
    sections.flat_map(|(lane, section)| {
        let words = image.section_words(section, lane).into_iter().zip(0..);
        words.map(move |(data, address)| MemoryWord { place: MemoryPlace { kind: section as u8, lane, address }, data })
    })
}
