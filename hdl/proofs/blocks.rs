//! The blocks with proofs, and the faults that each proof must refute.

use hdl::board::BoardSettings;
use hdl::core::LIF_LATENCY_CYCLES;
use spec::core::{MEMORY_READ_CYCLES, TICK_OVERHEAD_CYCLES};
use spec::wire::{BODY_MAX_BYTES, PAYLOAD_MAX_BYTES, READ_MAX_WORDS};

/// A block and its proof.
pub struct Block {
    /// Its name, which is that of the property file.
    pub name: &'static str,
    /// Its path in a board.
    pub path: &'static str,
    /// Blocks within it that are cut out: their outputs are free, unless the property file constrains them.
    pub cuts: &'static [&'static str],
    /// The boards whose copy is proven.
    pub boards: &'static [&'static str],
    /// The property file: a module `proof`.
    pub properties: &'static str,
    /// Macros of the property file, besides `BLOCK` for the block's name.
    pub settings: fn(&BoardSettings) -> Vec<(&'static str, String)>,
    /// Depth of the induction. The property file asserts the invariants of registers that it needs.
    pub induction_depth: u32,
    /// Cycles within which all covers are reached.
    pub cover_depth: u32,
    /// Faults that must be refuted.
    pub breaks: &'static [Break],
}

/// A fault, as an edit of the Verilog of a block.
pub struct Break {
    /// Its effect.
    pub what: &'static str,
    /// Text that occurs once in the block.
    pub from: &'static str,
    /// What replaces it.
    pub to: &'static str,
    /// Properties of which at least one must fail.
    pub fails: &'static [&'static str],
    /// Cycles within which one fails.
    pub depth: u32,
}

/// One lane and several, a slow and a fast line.
const BOTH: &[&str] = &["icebreaker", "ulx3s-25f"];
const ONE: &[&str] = &["icebreaker"];

/// Cycles from the sweep of a neuron to its update, see `hdl::core::Lane`.
const UPDATE_CYCLES: usize = LIF_LATENCY_CYCLES + 1;

pub const BLOCKS: &[Block] = &[
    Block {
        name: "uart_transmitter",
        path: "link$store$transmitter",
        cuts: &[],
        boards: BOTH,
        properties: include_str!("uart_transmitter.sv"),
        settings: line,
        induction_depth: 2,
        cover_depth: 125,
        breaks: &[Break {
            what: "the stop bit is cut short",
            from: "if (timer_ends & ~|bits_left$q[(32'h1)+:(9)])",
            to: "if (~|bits_left$q[(32'h1)+:(9)])",
            fails: &["ready_in_the_last_cycle_of_a_byte"],
            depth: 125,
        }],
    },
    Block {
        name: "uart_receiver",
        path: "link$receiver",
        cuts: &[],
        boards: BOTH,
        properties: include_str!("uart_receiver.sv"),
        settings: line,
        induction_depth: 2,
        cover_depth: 125,
        breaks: &[
            Break {
                what: "a low stop bit is not an error",
                from: "is_valid$d = ~is_low$q",
                to: "is_valid$d = 1'b1",
                fails: &["a_byte_for_every_frame"],
                depth: 125,
            },
            Break {
                what: "a short low pulse counts as a start bit",
                from: "is_receiving$d = is_low$q;",
                to: "is_receiving$d = 1'b1;",
                fails: &["a_byte_for_every_frame", "an_error_for_every_low_stop_bit"],
                depth: 125,
            },
        ],
    },
    Block {
        name: "event_queue",
        path: "core$lanes$0$events",
        cuts: &[],
        boards: ONE,
        properties: include_str!("fifo.sv"),
        settings: |_| vec![("ADDRESS_BITS", "6".to_owned())],
        induction_depth: 2,
        cover_depth: 70,
        breaks: FIFO_BREAKS,
    },
    Block {
        name: "spike_queue",
        path: "core$lanes$0$spike_rows$queue",
        cuts: &[],
        boards: ONE,
        properties: include_str!("fifo.sv"),
        settings: |_| vec![("ADDRESS_BITS", "8".to_owned())],
        induction_depth: 2,
        cover_depth: 6,
        breaks: FIFO_BREAKS,
    },
    Block {
        name: "slot_queue",
        path: "link$store$queue",
        cuts: &[],
        boards: BOTH,
        properties: include_str!("slot_queue.sv"),
        settings: |settings| vec![("SLOTS", (settings.core.replay_frames + 1).to_string())],
        induction_depth: 2,
        cover_depth: 15,
        breaks: &[Break {
            what: "a number written during a read lands one entry too far",
            from: "written = ((in_use_after_read << 32'h1) | first_place) & (places ^ in_use_after_read)",
            to: "written = ((in_use$q << 32'h1) | first_place) & (places ^ in_use$q)",
            fails: &["each_in_its_turn"],
            depth: 15,
        }],
    },
    Block {
        name: "frame_decoder",
        path: "link$decoder",
        cuts: &[],
        boards: ONE,
        properties: include_str!("frame_decoder.sv"),
        settings: |_| {
            let body_min = BODY_MAX_BYTES - PAYLOAD_MAX_BYTES;
            vec![("BODY_MIN", body_min.to_string()), ("BODY_MAX", BODY_MAX_BYTES.to_string())]
        },
        induction_depth: 2,
        cover_depth: 12,
        breaks: &[
            Break {
                what: "the checksum is ignored",
                from: "& (crc$q == checked)",
                to: "",
                fails: &["frames_wait_if_they_are_good"],
                depth: 12,
            },
            Break {
                what: "a lost byte is ignored",
                from: "if (data_error | (n_body$q == max_body))",
                to: "if (n_body$q == max_body)",
                fails: &["frames_wait_if_they_are_good"],
                depth: 12,
            },
        ],
    },
    Block {
        name: "frame_encoder",
        path: "link$store$encoder",
        cuts: &[],
        boards: ONE,
        properties: include_str!("frame_encoder.sv"),
        settings: |_| vec![("BYTES_MAX", (PAYLOAD_MAX_BYTES + 2).to_string())],
        induction_depth: 8,
        cover_depth: 16,
        breaks: &[Break {
            what: "a zero is not stuffed",
            from: "| ~|body;",
            to: ";",
            fails: &["the_frame_is_as_the_format_says"],
            depth: 12,
        }],
    },
    Block {
        name: "sequencer",
        path: "sequencer",
        cuts: &[],
        boards: BOTH,
        properties: include_str!("sequencer.sv"),
        settings: |settings| vec![("REPLAY_FRAMES", settings.core.replay_frames.to_string())],
        induction_depth: 2,
        cover_depth: 16,
        breaks: &[Break {
            what: "one answer too many is kept",
            from: "if (n_kept$q != replay_frames)",
            to: "if (n_kept$q <= replay_frames)",
            fails: &["kept_says_so"],
            depth: 16,
        }],
    },
    Block {
        name: "answer_composer",
        path: "composer",
        cuts: &[],
        boards: ONE,
        properties: include_str!("answer_composer.sv"),
        settings: |settings| {
            vec![
                ("BYTES_MAX", (PAYLOAD_MAX_BYTES + 2).to_string()),
                ("WORDS_MAX", READ_MAX_WORDS.to_string()),
                ("READOUTS_MAX", settings.core.readouts.to_string()),
                ("READ_CYCLES", MEMORY_READ_CYCLES.to_string()),
            ]
        },
        induction_depth: 3,
        cover_depth: 60,
        breaks: &[
            Break {
                what: "the slot is opened while it is being sent",
                from: "composing | slot_pending[32'h0]",
                to: "composing",
                fails: &["opened_once_and_when_the_slot_is_free"],
                depth: 10,
            },
            Break {
                what: "a byte is skipped",
                from: "if (at$q == length$q) begin",
                to: "if (at$q >= number_at) begin",
                fails: &["ended_when_complete"],
                depth: 20,
            },
        ],
    },
    Block {
        name: "lane",
        path: "core$lanes$0",
        cuts: &[
            "events",
            "spike_rows",
            "row_occupancy$words",
            "row_fetch$even",
            "row_fetch$odd",
            "synapses",
            "accumulator$bank_0",
            "accumulator$bank_1",
            "neurons",
            "lif_element$synaptic",
            "lif_element$membrane",
            "lif_element$adapting",
            "scores",
        ],
        boards: BOTH,
        properties: include_str!("lane.sv"),
        settings: |settings| vec![("LANES", settings.core.lanes.to_string()), ("LATENCY", UPDATE_CYCLES.to_string())],
        induction_depth: LIF_LATENCY_CYCLES as u32 + 2,
        cover_depth: 20,
        breaks: &[
            Break {
                what: "idle ignores a synapse that is being read",
                from: "~event_valid & ~synapse_read$q",
                to: "~event_valid",
                fails: &["idle_until_something_is_given"],
                depth: 12,
            },
            Break {
                what: "a neuron that does not exist is updated",
                from: "sweeping$d = sweep & sweep_exists",
                to: "sweeping$d = sweep",
                fails: &["an_update_for_every_sweep"],
                depth: 10,
            },
        ],
    },
    Block {
        name: "core",
        path: "core",
        cuts: &["lanes$0", "lanes$1", "lanes$2", "lanes$3"],
        boards: BOTH,
        properties: include_str!("core.sv"),
        settings: |settings| {
            let core = &settings.core;
            vec![
                ("LANES", core.lanes.to_string()),
                ("LANE", (core.lanes - 1).to_string()),
                ("NEURONS", core.neurons_per_lane.to_string()),
                ("READOUTS", core.readouts.to_string()),
                ("OVERHEAD", TICK_OVERHEAD_CYCLES.to_string()),
                ("LATENCY", UPDATE_CYCLES.to_string()),
            ]
        },
        induction_depth: 4,
        cover_depth: 40,
        breaks: &[
            Break {
                what: "the banks swap before all has arrived",
                from: "if (drained$q) begin",
                to: "begin",
                fails: &["banks_turn_when_all_has_arrived"],
                depth: 6,
            },
            Break {
                what: "events are accepted while a tick waits",
                from: "all_ready & (phase$q != Phase$Draining)",
                to: "all_ready",
                fails: &["no_event_between_start_and_sweep"],
                depth: 6,
            },
        ],
    },
    Block {
        name: "board",
        path: "",
        cuts: &["link", "composer", "loader", "event_reader", "memory_reader", "counters", "core"],
        boards: ONE,
        properties: include_str!("board.sv"),
        settings: |settings| {
            vec![
                ("REPLAY_FRAMES", settings.core.replay_frames.to_string()),
                ("WORDS_MAX", READ_MAX_WORDS.to_string()),
                ("BYTES_MAX", (PAYLOAD_MAX_BYTES + 2).to_string()),
            ]
        },
        induction_depth: 3,
        cover_depth: 90,
        breaks: &[
            Break {
                what: "frames before the first hello are executed",
                from: "if (~decoder$is_hello & ~sequencer$synchronized)",
                to: "if (1'b0)",
                fails: &["executed_in_its_turn", "kept_once_and_in_its_turn"],
                depth: 16,
            },
            Break {
                what: "an answered frame is not released",
                from: "link$take = answers_frame$q",
                to: "link$take = 1'b0",
                fails: &["done_with_when_answered"],
                depth: 20,
            },
        ],
    },
    Block {
        name: "answer_store",
        path: "link$store",
        cuts: &["encoder", "queue", "transmitter"],
        boards: BOTH,
        properties: include_str!("answer_store.sv"),
        settings: |settings| {
            let slots = u32::from(settings.core.replay_frames) + 1;
            vec![("SLOTS", slots.to_string()), ("SLOT_BITS", slots.next_power_of_two().ilog2().to_string())]
        },
        induction_depth: 3,
        cover_depth: 24,
        breaks: &[
            Break {
                what: "a pending slot is queued again",
                from: "(resend & ~pending_from_resent[32'h0])",
                to: "resend",
                fails: &["no_slot_waits_twice"],
                depth: 10,
            },
            Break {
                what: "a byte is sent twice",
                from: "is_offered$d = is_fetched$q & ~moves",
                to: "is_offered$d = is_fetched$q",
                fails: &["bytes_are_as_they_were_composed", "only_pending_slots_are_sent"],
                depth: 24,
            },
        ],
    },
    Block {
        name: "spike_rows",
        path: "core$lanes$0$spike_rows",
        cuts: &["queue"],
        boards: BOTH,
        properties: include_str!("spike_rows.sv"),
        settings: |settings| vec![("LANES", settings.core.lanes.to_string())],
        induction_depth: 3,
        cover_depth: 10,
        breaks: &[Break {
            what: "the next word is taken while a row waits",
            from: "| (moves & ~|without_lowest)",
            to: "| ~|without_lowest",
            fails: &["no_more_than_one_word_behind", "a_row_for_every_spike", "rows_are_those_of_their_neurons"],
            depth: 10,
        }],
    },
];

const FIFO_BREAKS: &[Break] = &[Break {
    what: "a word is valid a cycle too early",
    from: "is_valid$d = fetch |",
    to: "is_valid$d = (fetch | write) |",
    fails: &["valid_says_so"],
    depth: 6,
}];

fn line(settings: &BoardSettings) -> Vec<(&'static str, String)> {
    vec![("CLOCKS_PER_BIT", settings.clocks_per_bit.to_string())]
}
