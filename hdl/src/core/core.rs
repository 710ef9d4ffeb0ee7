//! The core: lanes in lockstep, and a tick from its start to its decision.

use rust_hdl::prelude::*;
use spec::core::CoreConfiguration;

use super::lane::Lane;
use super::readout::Readout;
use crate::setting::{Setting, mask_up_to};
use crate::technology::Technology;

/// The core's state.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
enum Phase {
    Idle,
    Draining,
    Sweeping,
    Settling,
    Deciding,
}

/// Runs ticks.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `n_channels`, `n_neurons`, `n_readouts` | in | 16, 16, 8 | sizes of the network; constant while it is loaded |
/// | `channel`, `event_valid`, `event_ready` | in, in, out | 16, 1, 1 | stream of input events of the next tick |
/// | `start` | in | 1 | strobe: starts the tick, with the events given up to this cycle; only while not `busy` |
/// | `restart` | in | 1 | strobe: clears all states, and discards the events given so far; only while not `busy` |
/// | `busy` | out | 1 | a tick or a restart is running |
/// | `done` | out | 1 | strobe: the tick's results below are valid, until the next start |
/// | `decision`, `n_spikes`, `synaptic_events`, `tick_cycles` | out | 8, 16, 20, 20 | results of the last tick; cycles from `start` to `done` |
/// | `score_class` | in | 4 | a class whose score is at `read_data` two cycles later; while neither `busy` nor `reading` |
/// | `delivering` | out | 1 | events or spikes were being delivered one cycle ago |
/// | `forget` | in | 1 | strobe: discards the network |
/// | `write_kind`, `write_lane`, `write_address`, `write_data`, `write` | in | 2, 8, 16, 16, 1 | a word of the image |
/// | `reading`, `read_kind`, `read_lane`, `read_address`, `read_data` | in, in, in, in, out | 1, 2, 8, 16, 16 | reads a word; valid [`MEMORY_READ_CYCLES`](spec::core::MEMORY_READ_CYCLES) later, hold the address until then |
/// | `trace` | out | 64 a lane | every neuron update (see [`Lane`]) |
///
/// A row carries at most one event per tick, so 20 bits count the synaptic events of the largest core.
///
/// Events and spikes are delivered as soon as they are known: those of the next tick during the sweep of this one, into the
/// other bank of sums. From `start` to `done` a tick takes at most [`CoreConfiguration::tick_cycles_bound`] cycles:
/// `max over lanes (synaptic events) + neurons per lane + c`.
/// Memory words are written and read only while neither `busy` nor `delivering`. Kinds are those of
/// `spec::image::SectionKind`. After an image is written, a restart must precede the first event.
#[derive(LogicBlock, Default)]
pub struct Core {
    pub clock: Signal<In, Clock>,
    pub n_channels: Signal<In, Bits<16>>,
    pub n_neurons: Signal<In, Bits<16>>,
    pub n_readouts: Signal<In, Bits<8>>,
    pub channel: Signal<In, Bits<16>>,
    pub event_valid: Signal<In, Bit>,
    pub event_ready: Signal<Out, Bit>,
    pub start: Signal<In, Bit>,
    pub restart: Signal<In, Bit>,
    pub busy: Signal<Out, Bit>,
    pub done: Signal<Out, Bit>,
    pub decision: Signal<Out, Bits<8>>,
    pub n_spikes: Signal<Out, Bits<16>>,
    pub synaptic_events: Signal<Out, Bits<20>>,
    pub tick_cycles: Signal<Out, Bits<20>>,
    pub score_class: Signal<In, Bits<4>>,
    pub delivering: Signal<Out, Bit>,
    pub forget: Signal<In, Bit>,
    pub write: Signal<In, Bit>,
    pub write_kind: Signal<In, Bits<2>>,
    pub write_lane: Signal<In, Bits<8>>,
    pub write_address: Signal<In, Bits<16>>,
    pub write_data: Signal<In, Bits<16>>,
    pub reading: Signal<In, Bit>,
    pub read_kind: Signal<In, Bits<2>>,
    pub read_lane: Signal<In, Bits<8>>,
    pub read_address: Signal<In, Bits<16>>,
    pub read_data: Signal<Out, Bits<16>>,
    pub trace: Vec<Signal<Out, Bits<64>>>,

    lanes: Vec<Lane>,
    readout: Readout,
    phase: DFF<Phase>,
    bank: DFF<Bit>,
    clearing: DFF<Bit>,
    second_bank: DFF<Bit>,
    index: DFF<Bits<8>>,
    settling: DFF<Bits<3>>,
    last_index: DFF<Bits<8>>,
    last_lanes: DFF<Bits<8>>,
    new_spikes: DFF<Bits<4>>,
    new_events: DFF<Bits<4>>,
    spike_count: DFF<Bits<16>>,
    event_count: DFF<Bits<20>>,
    events_of_tick: DFF<Bits<20>>,
    cycle_count: DFF<Bits<20>>,
    word: DFF<Bits<16>>,
    drained: DFF<Bit>,
    last_neuron: Signal<Local, Bits<16>>,
    last_row: Signal<Local, Bits<16>>,
    remainder: Signal<Local, Bits<16>>,
    at_last: Signal<Local, Bit>,
    sweep: Signal<Local, Bit>,
    all_ready: Signal<Local, Bit>,
    all_idle: Signal<Local, Bit>,
    spikes: Signal<Local, Bits<8>>,
    score_here: Signal<Local, Bits<16>>,
    word_here: Signal<Local, Bits<16>>,
    // Chains over the lanes: entry i + 1 adds lane i.
    ready_up_to: Vec<Signal<Local, Bit>>,
    idle_up_to: Vec<Signal<Local, Bit>>,
    spikes_up_to: Vec<Signal<Local, Bits<8>>>,
    n_spikes_up_to: Vec<Signal<Local, Bits<4>>>,
    n_events_up_to: Vec<Signal<Local, Bits<4>>>,
    score_up_to: Vec<Signal<Local, Bits<16>>>,
    word_up_to: Vec<Signal<Local, Bits<16>>>,
    fired: Vec<Signal<Local, Bits<4>>>,
    delivered: Vec<Signal<Local, Bits<4>>>,
    lane_number: Vec<Setting<Bits<8>>>,
    lane_bit: Vec<Setting<Bits<8>>>,
    log2_lanes: Setting<Bits<16>>,
    lane_mask: Setting<Bits<16>>,
    spike_mask: Setting<Bits<16>>,
    event_mask: Setting<Bits<20>>,
    cycle_mask: Setting<Bits<20>>,
    _n_lanes: usize,
}

/// Cycles of the longest tick.
fn largest_tick(core: &CoreConfiguration) -> u32 {
    core.tick_cycles_bound(core.synapse_words_per_lane.into(), core.neurons_per_lane.into())
}

impl Core {
    /// A core of these sizes.
    #[must_use]
    pub fn new(core: &CoreConfiguration, technology: Technology) -> Self {
        let n_lanes = usize::from(core.lanes);
        let log2_lanes = u64::from(core.lanes.ilog2());
        fn chain<T: Synth>(n_lanes: usize) -> Vec<Signal<Local, T>> {
            (0..=n_lanes).map(|_| Signal::default()).collect()
        }
        Self {
            trace: (0..n_lanes).map(|_| Signal::default()).collect(),
            lanes: (0..n_lanes).map(|_| Lane::new(core, technology)).collect(),
            readout: Readout::new(),
            ready_up_to: chain(n_lanes),
            idle_up_to: chain(n_lanes),
            spikes_up_to: chain(n_lanes),
            n_spikes_up_to: chain(n_lanes),
            n_events_up_to: chain(n_lanes),
            score_up_to: chain(n_lanes),
            word_up_to: chain(n_lanes),
            fired: chain(n_lanes - 1),
            delivered: chain(n_lanes - 1),
            spike_mask: Setting::new(mask_up_to(core.neurons().into())),
            event_mask: Setting::new(mask_up_to(u64::from(core.lanes) * u64::from(core.synapse_words_per_lane))),
            cycle_mask: Setting::new(mask_up_to(largest_tick(core).into())),
            lane_number: (0..n_lanes as u64).map(Setting::new).collect(),
            lane_bit: (0..n_lanes).map(|lane| Setting::new(1_u64 << lane)).collect(),
            log2_lanes: Setting::new(log2_lanes),
            lane_mask: Setting::new(u64::from(core.lanes) - 1),
            _n_lanes: n_lanes,
            ..Default::default()
        }
    }
}

impl Logic for Core {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            phase,
            bank,
            clearing,
            second_bank,
            index,
            settling,
            last_index,
            last_lanes,
            new_spikes,
            new_events,
            spike_count,
            event_count,
            events_of_tick,
            cycle_count,
            word,
            drained
        );
        self.readout.clock.next = self.clock.val();

        // The last index, and the last lane with a neuron at it: neuron n is on lane n mod lanes.
        self.last_neuron.next = self.n_neurons.val() - bits::<16>(1);
        self.last_row.next = self.last_neuron.val() >> self.log2_lanes.val();
        self.last_index.d.next = self.last_row.val().get_bits::<8>(0);
        self.remainder.next = self.last_neuron.val() & self.lane_mask.val();
        self.last_lanes.d.next = bit_cast::<8, 16>(self.remainder.val());

        // The outputs of all lanes, combined.
        self.ready_up_to[0].next = true;
        self.idle_up_to[0].next = true;
        self.spikes_up_to[0].next = 0.into();
        self.n_spikes_up_to[0].next = 0.into();
        self.n_events_up_to[0].next = 0.into();
        self.score_up_to[0].next = 0.into();
        self.word_up_to[0].next = self.lanes[0].read_data.val();
        self.at_last.next = self.index.q.val() == self.last_index.q.val();
        self.sweep.next = self.phase.q.val() == Phase::Sweeping;
        for i in 0..self._n_lanes {
            self.ready_up_to[i + 1].next = self.ready_up_to[i].val() & self.lanes[i].event_ready.val();
            self.idle_up_to[i + 1].next = self.idle_up_to[i].val() & self.lanes[i].idle.val();
            self.spikes_up_to[i + 1].next = self.spikes_up_to[i].val();
            self.fired[i].next = 0.into();
            if self.lanes[i].spike.val() {
                self.spikes_up_to[i + 1].next = self.spikes_up_to[i].val() | self.lane_bit[i].val();
                self.fired[i].next = 1.into();
            }
            self.delivered[i].next = 0.into();
            if self.lanes[i].delivers.val() {
                self.delivered[i].next = 1.into();
            }
            self.n_spikes_up_to[i + 1].next = self.n_spikes_up_to[i].val() + self.fired[i].val();
            self.n_events_up_to[i + 1].next = self.n_events_up_to[i].val() + self.delivered[i].val();
            self.score_up_to[i + 1].next = self.score_up_to[i].val() | self.lanes[i].score.val();
            self.word_up_to[i + 1].next = self.word_up_to[i].val();
            if self.read_lane.val() == self.lane_number[i].val() {
                self.word_up_to[i + 1].next = self.lanes[i].read_data.val();
            }
        }
        for i in self._n_lanes..(self._n_lanes + 1) {
            self.all_ready.next = self.ready_up_to[i].val();
            self.all_idle.next = self.idle_up_to[i].val();
            self.spikes.next = self.spikes_up_to[i].val();
            self.new_spikes.d.next = self.n_spikes_up_to[i].val();
            self.new_events.d.next = self.n_events_up_to[i].val();
            self.score_here.next = self.score_up_to[i].val();
            self.word_here.next = self.word_up_to[i].val();
        }
        // Events after the start belong to the next tick, and wait until the banks are swapped.
        self.event_ready.next = self.all_ready.val() & (self.phase.q.val() != Phase::Draining);
        self.drained.d.next = self.all_idle.val();

        for i in 0..self._n_lanes {
            self.lanes[i].clock.next = self.clock.val();
            self.lanes[i].n_channels.next = self.n_channels.val();
            self.lanes[i].bank.next = self.bank.q.val();
            self.lanes[i].channel.next = self.channel.val();
            self.lanes[i].event_valid.next = self.event_valid.val() & self.event_ready.val();
            self.lanes[i].spike_index.next = self.lanes[0].swept_index.val();
            self.lanes[i].spikes.next = self.spikes.val();
            self.lanes[i].spikes_valid.next = self.spikes.val().any();
            self.lanes[i].sweep.next = self.sweep.val();
            self.lanes[i].sweep_index.next = self.index.q.val();
            self.lanes[i].sweep_exists.next =
                !self.at_last.val() | (self.last_lanes.q.val() >= self.lane_number[i].val());
            self.lanes[i].clear.next = self.clearing.q.val();
            self.lanes[i].score_class.next = self.readout.score_class.val();
            self.lanes[i].forget.next = self.forget.val();
            self.lanes[i].write_neurons.next = false;
            self.lanes[i].write_rows.next = false;
            self.lanes[i].write_synapses.next = false;
            if self.write.val() & (self.write_lane.val() == self.lane_number[i].val()) {
                self.lanes[i].write_neurons.next = self.write_kind.val() == bits::<2>(1);
                self.lanes[i].write_rows.next = self.write_kind.val() == bits::<2>(2);
                self.lanes[i].write_synapses.next = self.write_kind.val() == bits::<2>(3);
            }
            self.lanes[i].write_address.next = self.write_address.val();
            self.lanes[i].write_data.next = self.write_data.val();
            self.lanes[i].reading.next = self.reading.val();
            self.lanes[i].read_kind.next = self.read_kind.val();
            self.lanes[i].read_address.next = self.read_address.val();
            self.trace[i].next = self.lanes[i].trace.val();
        }
        self.word.d.next = self.score_here.val();
        if self.reading.val() {
            self.word.d.next = self.word_here.val();
        }
        self.read_data.next = self.word.q.val();

        self.spike_count.d.next =
            (self.spike_count.q.val() + bit_cast::<16, 4>(self.new_spikes.q.val())) & self.spike_mask.val();
        self.event_count.d.next =
            (self.event_count.q.val() + bit_cast::<20, 4>(self.new_events.q.val())) & self.event_mask.val();
        self.cycle_count.d.next = (self.cycle_count.q.val() + bits::<20>(1)) & self.cycle_mask.val();

        self.readout.n_readouts.next = self.n_readouts.val();
        self.readout.start.next = false;
        self.readout.ask_class.next = self.score_class.val();
        self.readout.score.next = self.score_here.val();
        self.decision.next = self.readout.decision.val();

        match self.phase.q.val() {
            Phase::Idle => {
                if self.start.val() | self.restart.val() {
                    self.phase.d.next = Phase::Draining;
                    self.clearing.d.next = self.restart.val();
                    self.second_bank.d.next = false;
                    self.cycle_count.d.next = 1.into();
                }
                if !self.start.val() & !self.restart.val() {
                    self.cycle_count.d.next = self.cycle_count.q.val();
                }
            }
            Phase::Draining => {
                self.index.d.next = 0.into();
                if self.drained.q.val() {
                    // The bank that collected is swept now, and the other one collects.
                    self.phase.d.next = Phase::Sweeping;
                    self.bank.d.next = !self.bank.q.val();
                    self.spike_count.d.next = 0.into();
                    self.events_of_tick.d.next = self.event_count.q.val();
                    self.event_count.d.next = 0.into();
                }
            }
            Phase::Sweeping => {
                self.index.d.next = self.index.q.val() + bits::<8>(1);
                self.settling.d.next = 0.into();
                if self.at_last.val() {
                    self.phase.d.next = Phase::Settling;
                }
            }
            Phase::Settling => {
                self.settling.d.next = self.settling.q.val() + bits::<3>(1);
                if self.settling.q.val() == bits::<3>(5) {
                    self.phase.d.next = Phase::Deciding;
                    self.readout.start.next = !self.clearing.q.val();
                    if self.clearing.q.val() {
                        self.phase.d.next = Phase::Idle;
                        self.second_bank.d.next = true;
                        if !self.second_bank.q.val() {
                            self.phase.d.next = Phase::Draining;
                        }
                    }
                }
            }
            Phase::Deciding => {
                if self.readout.done.val() {
                    self.phase.d.next = Phase::Idle;
                }
            }
            _ => {
                self.phase.d.next = Phase::Idle;
            }
        }

        self.busy.next = self.phase.q.val() != Phase::Idle;
        self.done.next = (self.phase.q.val() == Phase::Deciding) & self.readout.done.val();
        self.delivering.next = !self.drained.q.val();
        self.n_spikes.next = self.spike_count.q.val();
        self.synaptic_events.next = self.events_of_tick.q.val();
        self.tick_cycles.next = self.cycle_count.q.val();
    }
}
