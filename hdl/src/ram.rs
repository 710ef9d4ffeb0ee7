//! Memories: with a read port and a write port ([`Ram`], [`PairRam`]), or with one port for both ([`SinglePortRam`]). A read takes
//! one cycle.
//!
//! A read of an address that is written in the same cycle returns an undefined word: both simulators return the inverse of the
//! written word, and proofs any word, so that no design comes to rely on it. Initial contents are undefined.

use rust_hdl::prelude::*;

/// The kind of memory to build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RamStyle {
    /// Block RAM.
    #[default]
    Block,
    /// Block RAMs of this many bits side by side, each with some bits of every word, so that no multiplexer selects among
    /// their outputs.
    Narrow(usize),
    /// Look-up tables, on chips that can use them as memory.
    Distributed,
    /// Look-up tables up to [`FITTING_BITS`], block RAM beyond: for chips in which few look-up tables can be memory.
    Fitting,
    /// The large single-port RAMs of the iCE40UP5K.
    Huge,
}

/// The most bits in look-up tables of a [`RamStyle::Fitting`] memory.
pub const FITTING_BITS: usize = 2048;

impl RamStyle {
    /// Bits of each word, `width` in all, that one of the memories side by side holds.
    ///
    /// # Panics
    /// If a block RAM has fewer bits than there are words.
    #[must_use]
    pub fn part_bits(self, n_words: usize, width: usize) -> usize {
        let Self::Narrow(block_bits) = self else { return width };
        let bits = block_bits / n_words.next_power_of_two();
        assert!(bits > 0, "{n_words} words in block RAMs of {block_bits} bits");
        bits.min(width)
    }

    fn attribute(self, n_bits: usize) -> &'static str {
        match self {
            Self::Fitting if n_bits <= FITTING_BITS => Self::Distributed.attribute(n_bits),
            Self::Block | Self::Narrow(_) | Self::Fitting => "ram_style = \"block\"",
            Self::Distributed => "ram_style = \"distributed\"",
            Self::Huge => "ram_style = \"huge\"",
        }
    }
}

/// A memory of words of `D` bits with one read port and one write port.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `read_enable`, `read_address` | in | 1, A | the word to read; without `read_enable`, `read_data` holds its value |
/// | `read_data` | out | D | that word, one cycle later |
/// | `write_enable`, `write_address`, `write_data` | in | 1, A, D | the word to write |
///
/// One read and one write per cycle. Accesses beyond the last word are undefined.
#[derive(LogicBlock, Default)]
pub struct Ram<const A: usize, const D: usize> {
    pub clock: Signal<In, Clock>,
    pub read_enable: Signal<In, Bit>,
    pub read_address: Signal<In, Bits<A>>,
    pub read_data: Signal<Out, Bits<D>>,
    pub write_enable: Signal<In, Bit>,
    pub write_address: Signal<In, Bits<A>>,
    pub write_data: Signal<In, Bits<D>>,
    _style: RamStyle,
    _words: Words<D>,
}

impl<const A: usize, const D: usize> Ram<A, D> {
    /// A memory of `n_words`, at most 2^A.
    ///
    /// # Panics
    /// If there is no word, or more than addresses.
    #[must_use]
    pub fn new(n_words: usize, style: RamStyle) -> Self {
        Self { _style: style, _words: Words::new(n_words, A), ..Default::default() }
    }
}

impl<const A: usize, const D: usize> Logic for Ram<A, D> {
    fn update(&mut self) {
        if !self.clock.pos_edge() {
            return;
        }
        let (read, write) = (self.read_address.val().index(), self.write_address.val().index());
        let collides = self.write_enable.val() && read == write;
        if self.read_enable.val() {
            self.read_data.next = if collides { !self.write_data.val() } else { self._words.read(read) };
        }
        if self.write_enable.val() {
            self._words.write(write, self.write_data.val());
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        let n_words = self._words.len();
        let slice = address_slice(n_words);
        let ports = |part: &str| Ports {
            write: format!("    if (write_enable) mem[write_address{slice}] <= write_data{part};"),
            simulated: format!(
                "    if (read_enable)
        read_data{part} <= (write_enable && write_address == read_address)
            ? ~write_data{part} : mem[read_address{slice}];"
            ),
            formal: format!(
                "    if (read_enable)
        read_data{part} <= (write_enable && write_address == read_address) ? any_word : mem[read_address{slice}];"
            ),
            chip: format!("    if (read_enable) read_data{part} <= mem[read_address{slice}];"),
        };
        Verilog::Custom(in_parts(self._style, n_words, D, ports))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        let inputs = ["read_enable", "read_address", "write_enable", "write_address", "write_data"];
        registered(&inputs, &["read_data"])
    }
}

/// A memory with two words of 16 bits at every address, which are read together and written separately.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `read_address` | in | A | the words to read, in every cycle |
/// | `low`, `high` | out | 16, 16 | those words, one cycle later |
/// | `write_low`, `write_high`, `write_address`, `write_data` | in | 1, 1, A, 16 | the word to write |
///
/// One read and one write per cycle. Accesses beyond the last words are undefined.
#[derive(LogicBlock, Default)]
pub struct PairRam<const A: usize> {
    pub clock: Signal<In, Clock>,
    pub read_address: Signal<In, Bits<A>>,
    pub low: Signal<Out, Bits<16>>,
    pub high: Signal<Out, Bits<16>>,
    pub write_low: Signal<In, Bit>,
    pub write_high: Signal<In, Bit>,
    pub write_address: Signal<In, Bits<A>>,
    pub write_data: Signal<In, Bits<16>>,
    _style: RamStyle,
    _low: Words<16>,
    _high: Words<16>,
}

impl<const A: usize> PairRam<A> {
    /// A memory of `n_pairs`, at most 2^A.
    ///
    /// # Panics
    /// If there is no pair, or more than addresses.
    #[must_use]
    pub fn new(n_pairs: usize, style: RamStyle) -> Self {
        let words = || Words::new(n_pairs, A);
        Self { _style: style, _low: words(), _high: words(), ..Default::default() }
    }
}

impl<const A: usize> Logic for PairRam<A> {
    fn update(&mut self) {
        if !self.clock.pos_edge() {
            return;
        }
        let (read, write) = (self.read_address.val().index(), self.write_address.val().index());
        let data = self.write_data.val();
        for (output, words, writes) in [
            (&mut self.low, &mut self._low, self.write_low.val()),
            (&mut self.high, &mut self._high, self.write_high.val()),
        ] {
            output.next = if writes && read == write { !data } else { words.read(read) };
            if writes {
                words.write(write, data);
            }
        }
    }

    fn connect(&mut self) {
        self.low.connect();
        self.high.connect();
    }

    fn hdl(&self) -> Verilog {
        let n_words = self._low.len();
        let slice = address_slice(n_words);
        Verilog::Custom(in_parts(self._style, n_words, 32, |_| {
            Ports {
            write: format!(
                "    if (write_low) mem[write_address{slice}][15:0] <= write_data;
    if (write_high) mem[write_address{slice}][31:16] <= write_data;"
            ),
            simulated: format!(
                "    low <= (write_low && write_address == read_address) ? ~write_data : mem[read_address{slice}][15:0];
    high <= (write_high && write_address == read_address) ? ~write_data : mem[read_address{slice}][31:16];"
            ),
            formal: format!(
                "    low <= (write_low && write_address == read_address) ? any_word[15:0] : mem[read_address{slice}][15:0];
    high <= (write_high && write_address == read_address) ? any_word[31:16] : mem[read_address{slice}][31:16];"
            ),
            chip: format!("    {{high, low}} <= mem[read_address{slice}];"),
        }
        }))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        registered(&["read_address", "write_low", "write_high", "write_address", "write_data"], &["low", "high"])
    }
}

/// A memory of words of `D` bits with one port that reads or writes.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `address` | in | A | the word to read or write, in every cycle |
/// | `write_enable`, `write_data` | in | 1, D | write instead of read |
/// | `read_data` | out | D | the word, one cycle later; undefined after a write |
///
/// One read or write per cycle. Accesses beyond the last word are undefined.
#[derive(LogicBlock, Default)]
pub struct SinglePortRam<const A: usize, const D: usize> {
    pub clock: Signal<In, Clock>,
    pub address: Signal<In, Bits<A>>,
    pub write_enable: Signal<In, Bit>,
    pub write_data: Signal<In, Bits<D>>,
    pub read_data: Signal<Out, Bits<D>>,
    _style: RamStyle,
    _words: Words<D>,
}

impl<const A: usize, const D: usize> SinglePortRam<A, D> {
    /// A memory of `n_words`, at most 2^A.
    ///
    /// # Panics
    /// If there is no word, or more than addresses.
    #[must_use]
    pub fn new(n_words: usize, style: RamStyle) -> Self {
        Self { _style: style, _words: Words::new(n_words, A), ..Default::default() }
    }
}

impl<const A: usize, const D: usize> Logic for SinglePortRam<A, D> {
    fn update(&mut self) {
        if !self.clock.pos_edge() {
            return;
        }
        let address = self.address.val().index();
        if self.write_enable.val() {
            self.read_data.next = !self.write_data.val();
            self._words.write(address, self.write_data.val());
        } else {
            self.read_data.next = self._words.read(address);
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        let n_words = self._words.len();
        let slice = address_slice(n_words);
        let ports = |part: &str| Ports {
            write: format!("    if (write_enable) mem[address{slice}] <= write_data{part};"),
            simulated: format!("    read_data{part} <= write_enable ? ~write_data{part} : mem[address{slice}];"),
            formal: format!("    read_data{part} <= write_enable ? any_word : mem[address{slice}];"),
            chip: format!("    if (!write_enable) read_data{part} <= mem[address{slice}];"),
        };
        Verilog::Custom(in_parts(self._style, n_words, D, ports))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        registered(&["address", "write_enable", "write_data"], &["read_data"])
    }
}

/// The contents of a memory in rust-hdl's simulator.
#[derive(Default)]
struct Words<const D: usize>(Vec<Bits<D>>);

impl<const D: usize> Words<D> {
    fn new(n_words: usize, address_bits: usize) -> Self {
        assert!((1..=1 << address_bits).contains(&n_words), "{n_words} words with {address_bits} address bits");
        Self(vec![Bits::default(); n_words])
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn read(&self, at: usize) -> Bits<D> {
        self.0.get(at).copied().unwrap_or_default()
    }

    fn write(&mut self, at: usize, word: Bits<D>) {
        if let Some(place) = self.0.get_mut(at) {
            *place = word;
        }
    }
}

/// What a memory does at a clock edge, as Verilog: the write, and the read in simulators, in proofs and on a chip.
struct Ports {
    write: String,
    simulated: String,
    formal: String,
    chip: String,
}

/// The Verilog of a memory of words of `width` bits; `ports` gets the slice of a word that a part holds.
fn in_parts(style: RamStyle, n_words: usize, width: usize, ports: impl Fn(&str) -> Ports) -> String {
    let part_bits = style.part_bits(n_words, width);
    if part_bits == width {
        return memory(style, n_words, width, &ports(""));
    }
    let part = memory(style, n_words, part_bits, &ports(&format!("[at +: {part_bits}]")));
    format!(
        "genvar at;\ngenerate for (at = 0; at < {width}; at = at + {part_bits}) begin: part\n{part}\nend endgenerate"
    )
}

fn memory(style: RamStyle, n_words: usize, width: usize, ports: &Ports) -> String {
    let Ports { write, simulated, formal, chip } = ports;
    let (attribute, high, last) = (style.attribute(width * n_words), width - 1, n_words - 1);
    let slice = address_slice(n_words);
    // For proofs, `watched_word` is a word at an arbitrary address, and `any_word` one that no read may rely on.
    format!(
        "\
(* no_rw_check, {attribute} *) reg [{high}:0] mem [0:{last}];
`ifdef FORMAL
    (* anyconst *) wire {slice} watched_address;
    (* anyseq *) wire [{high}:0] any_word;
    wire [{high}:0] watched_word = mem[watched_address];
`endif
always @(posedge clock) begin
{write}
`ifdef VERILATOR
{simulated}
`elsif FORMAL
{formal}
`else
{chip}
`endif
end"
    )
}

/// The slice of the address bits that `n_words` need.
fn address_slice(n_words: usize) -> String {
    let bits = (usize::BITS - (n_words - 1).leading_zeros()).max(1);
    format!("[{}:0]", bits - 1)
}

fn registered(inputs: &[&str], outputs: &[&str]) -> Vec<TimingInfo> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).into()).collect();
    vec![TimingInfo { name: "memory".into(), clock: "clock".into(), inputs: names(inputs), outputs: names(outputs) }]
}
