//! Lines of a live source, in two pieces, through the assembler: whatever arrives, ticks are numbered through.
#![no_main]

use libfuzzer_sys::fuzz_target;
use live::source::json_lines::Parser;
use live::ticks::{Assembled, Assembler, Options};

const OPTIONS: Options = Options { tick: 1_000_000, rows_per_tick: 1, hold: 2_000_000, stall: 20_000_000, n_channels: 96 };

fuzz_target!(|bytes: &[u8]| {
    let (mut parser, mut assembler, mut out) = (Parser::new(OPTIONS.tick), Assembler::new(OPTIONS), Vec::new());
    let (first, second) = bytes.split_at(bytes.len() / 2);
    for (received, piece) in [(0, first), (7_000_000, second)] {
        if parser.push(received, piece, |arrival| assembler.take(arrival, &mut out)).is_err() {
            break;
        }
        assembler.at_deadline(received + 1_000_000, &mut out);
    }
    let ticks = out.iter().filter_map(|item| if let Assembled::Tick(tick) = item { Some(tick) } else { None });
    for (tick, number) in ticks.zip(0..) {
        assert_eq!(tick.number, number);
        assert!(tick.channels.is_sorted_by(|one, other| one < other) && tick.channels.iter().all(|channel| *channel < 96));
    }
});
