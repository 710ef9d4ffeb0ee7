//! Memories: one read and one write port ([`Ram`], [`PairRam`]), or one port for both ([`SinglePortRam`]). Reading takes one
//! cycle.
//!
//! A read of the address that is written in the same cycle gives no word that anybody may use; both simulators give the
//! inverse of the written word there, and proofs any word, so that no design can come to rely on it. Contents are undefined
//! at the start.

use rust_hdl::prelude::*;

/// What a memory is built from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RamStyle {
    /// Block RAM.
    #[default]
    Block,
    /// Block RAMs of so many bits side by side, each with some bits of every word, so that no word is chosen among several
    /// of them.
    Narrow(usize),
    /// Look-up tables; only where the chip can make memories of them.
    Distributed,
    /// Look-up tables up to [`FITTING_BITS`], block RAM beyond: for chips in which few look-up tables can be memories.
    Fitting,
    /// The large single-port RAMs of the iCE40UP5K.
    Huge,
}

/// The most bits of a memory of look-up tables under [`RamStyle::Fitting`].
pub const FITTING_BITS: usize = 2048;

impl RamStyle {
    /// Bits of a word of `width` bits in each memory of `n_words` that the style makes.
    ///
    /// # Panics
    /// If a block RAM has fewer bits than there are words.
    #[must_use]
    pub fn part_bits(self, n_words: usize, width: usize) -> usize {
        let Self::Narrow(block_bits) = self else { return width };
        let bits = block_bits / n_words.next_power_of_two();
        assert!(bits > 0, "{n_words} words under {block_bits} bits a block RAM");
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
/// | `read_enable`, `read_address` | in | 1, A | word to read; without it `read_data` stays as it is |
/// | `read_data` | out | D | that word, one cycle later |
/// | `write_enable`, `write_address`, `write_data` | in | 1, A, D | word to write |
///
/// One read and one write a cycle. An address beyond the last word reads and writes something undefined.
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
    _words: Vec<Bits<D>>,
}

impl<const A: usize, const D: usize> Ram<A, D> {
    /// A memory of `n_words`, at most 2^A.
    ///
    /// # Panics
    /// If there is no word, or more than addresses.
    #[must_use]
    pub fn new(n_words: usize, style: RamStyle) -> Self {
        Self { _style: style, _words: words::<A, D>(n_words), ..Default::default() }
    }
}

impl<const A: usize, const D: usize> Logic for Ram<A, D> {
    fn update(&mut self) {
        if !self.clock.pos_edge() {
            return;
        }
        let (read, write) = (self.read_address.val().index(), self.write_address.val().index());
        let collision = self.write_enable.val() && read == write;
        let word = self._words.get(read).copied().unwrap_or_default();
        if self.read_enable.val() {
            self.read_data.next = if collision { !self.write_data.val() } else { word };
        }
        if self.write_enable.val()
            && let Some(word) = self._words.get_mut(write)
        {
            *word = self.write_data.val();
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        let n_words = self._words.len();
        let slice = address_slice(n_words);
        let memory = |width: usize, part: &str| {
            format!(
                "\
{memory}
{watched}
always @(posedge clock) begin
    if (write_enable) mem[write_address{slice}] <= write_data{part};
`ifdef VERILATOR
    if (read_enable)
        read_data{part} <= (write_enable && write_address == read_address)
            ? ~write_data{part} : mem[read_address{slice}];
`elsif FORMAL
    if (read_enable)
        read_data{part} <= (write_enable && write_address == read_address) ? any_word : mem[read_address{slice}];
`else
    if (read_enable) read_data{part} <= mem[read_address{slice}];
`endif
end",
                memory = declaration(self._style, width, n_words),
                watched = watched_word(width, &slice),
            )
        };
        Verilog::Custom(in_parts(D, self._style.part_bits(n_words, D), memory))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        registered(&["read_enable", "read_address", "write_enable", "write_address", "write_data"])
    }
}

/// A memory with two words of 16 bits at every address, read together and written one by one.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `read_address` | in | A | words to read; taken every cycle |
/// | `low`, `high` | out | 16, 16 | those words, one cycle later |
/// | `write_low`, `write_high`, `write_address`, `write_data` | in | 1, 1, A, 16 | a word to write |
///
/// One read and one write a cycle. An address beyond the last words reads and writes something undefined.
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
    _low: Vec<Bits<16>>,
    _high: Vec<Bits<16>>,
}

impl<const A: usize> PairRam<A> {
    /// A memory of `n_pairs`, at most 2^A.
    ///
    /// # Panics
    /// If there is no pair, or more than addresses.
    #[must_use]
    pub fn new(n_pairs: usize, style: RamStyle) -> Self {
        Self { _style: style, _low: words::<A, 16>(n_pairs), _high: words::<A, 16>(n_pairs), ..Default::default() }
    }
}

impl<const A: usize> Logic for PairRam<A> {
    fn update(&mut self) {
        if !self.clock.pos_edge() {
            return;
        }
        let (read, write) = (self.read_address.val().index(), self.write_address.val().index());
        let data = self.write_data.val();
        self.low.next = self._low.get(read).copied().unwrap_or_default();
        self.high.next = self._high.get(read).copied().unwrap_or_default();
        if self.write_low.val() && read == write {
            self.low.next = !data;
        }
        if self.write_high.val() && read == write {
            self.high.next = !data;
        }
        if self.write_low.val()
            && let Some(word) = self._low.get_mut(write)
        {
            *word = data;
        }
        if self.write_high.val()
            && let Some(word) = self._high.get_mut(write)
        {
            *word = data;
        }
    }

    fn connect(&mut self) {
        self.low.connect();
        self.high.connect();
    }

    fn hdl(&self) -> Verilog {
        let slice = address_slice(self._low.len());
        Verilog::Custom(format!(
            "\
{memory}
{watched}
always @(posedge clock) begin
    if (write_low) mem[write_address{slice}][15:0] <= write_data;
    if (write_high) mem[write_address{slice}][31:16] <= write_data;
`ifdef VERILATOR
    low <= (write_low && write_address == read_address) ? ~write_data : mem[read_address{slice}][15:0];
    high <= (write_high && write_address == read_address) ? ~write_data : mem[read_address{slice}][31:16];
`elsif FORMAL
    low <= (write_low && write_address == read_address) ? any_word[15:0] : mem[read_address{slice}][15:0];
    high <= (write_high && write_address == read_address) ? any_word[31:16] : mem[read_address{slice}][31:16];
`else
    {{high, low}} <= mem[read_address{slice}];
`endif
end",
            memory = declaration(self._style, 32, self._low.len()),
            watched = watched_word(32, &slice),
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        let mut timing = registered(&["read_address", "write_low", "write_high", "write_address", "write_data"]);
        timing[0].outputs = vec!["low".into(), "high".into()];
        timing
    }
}

/// A memory of words of `D` bits with one port that reads or writes.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `address` | in | A | word to read or write; taken every cycle |
/// | `write_enable`, `write_data` | in | 1, D | write instead of read |
/// | `read_data` | out | D | the word, one cycle later; undefined after a write |
///
/// One read or write a cycle.
#[derive(LogicBlock, Default)]
pub struct SinglePortRam<const A: usize, const D: usize> {
    pub clock: Signal<In, Clock>,
    pub address: Signal<In, Bits<A>>,
    pub write_enable: Signal<In, Bit>,
    pub write_data: Signal<In, Bits<D>>,
    pub read_data: Signal<Out, Bits<D>>,
    _style: RamStyle,
    _words: Vec<Bits<D>>,
}

impl<const A: usize, const D: usize> SinglePortRam<A, D> {
    /// A memory of `n_words`, at most 2^A.
    ///
    /// # Panics
    /// If there is no word, or more than addresses.
    #[must_use]
    pub fn new(n_words: usize, style: RamStyle) -> Self {
        Self { _style: style, _words: words::<A, D>(n_words), ..Default::default() }
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
            if let Some(word) = self._words.get_mut(address) {
                *word = self.write_data.val();
            }
        } else {
            self.read_data.next = self._words.get(address).copied().unwrap_or_default();
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        let n_words = self._words.len();
        let slice = address_slice(n_words);
        let memory = |width: usize, part: &str| {
            format!(
                "\
{memory}
{watched}
always @(posedge clock) begin
    if (write_enable) mem[address{slice}] <= write_data{part};
`ifdef VERILATOR
    read_data{part} <= write_enable ? ~write_data{part} : mem[address{slice}];
`elsif FORMAL
    read_data{part} <= write_enable ? any_word : mem[address{slice}];
`else
    if (!write_enable) read_data{part} <= mem[address{slice}];
`endif
end",
                memory = declaration(self._style, width, n_words),
                watched = watched_word(width, &slice),
            )
        };
        Verilog::Custom(in_parts(D, self._style.part_bits(n_words, D), memory))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        registered(&["address", "write_enable", "write_data"])
    }
}

/// The Verilog of memories that hold `width` bits of every word of `all` bits together.
fn in_parts(all: usize, width: usize, memory: impl Fn(usize, &str) -> String) -> String {
    if width == all {
        return memory(all, "");
    }
    let part = memory(width, &format!("[at +: {width}]"));
    format!("genvar at;\ngenerate for (at = 0; at < {all}; at = at + {width}) begin: part\n{part}\nend endgenerate")
}

/// Room for `n_words` under `A` address bits.
fn words<const A: usize, const D: usize>(n_words: usize) -> Vec<Bits<D>> {
    assert!((1..=1 << A).contains(&n_words), "{n_words} words under {A} address bits");
    vec![Bits::default(); n_words]
}

fn registered(inputs: &[&str]) -> Vec<TimingInfo> {
    vec![TimingInfo {
        name: "memory".into(),
        clock: "clock".into(),
        inputs: inputs.iter().map(|name| (*name).into()).collect(),
        outputs: vec!["read_data".into()],
    }]
}

fn declaration(style: RamStyle, width: usize, n_words: usize) -> String {
    let (attribute, high, last) = (style.attribute(width * n_words), width - 1, n_words - 1);
    format!("(* no_rw_check, {attribute} *) reg [{high}:0] mem [0:{last}];")
}

/// For proofs: the word of an address that stands for each of them, and what no read may rely on.
fn watched_word(width: usize, slice: &str) -> String {
    let high = width - 1;
    format!(
        "\
`ifdef FORMAL
    (* anyconst *) wire {slice} watched_address;
    (* anyseq *) wire [{high}:0] any_word;
    wire [{high}:0] watched_word = mem[watched_address];
`endif"
    )
}

/// The low address bits that tell `n_words` apart.
fn address_slice(n_words: usize) -> String {
    let bits = (usize::BITS - (n_words - 1).leading_zeros()).max(1);
    format!("[{}:0]", bits - 1)
}
