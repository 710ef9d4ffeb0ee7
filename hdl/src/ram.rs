//! Memories: one read and one write port ([`Ram`]), or one port for both ([`SinglePortRam`]). Reading takes one cycle.
//!
//! A read of the address that is written in the same cycle gives no word that anybody may use; both simulators give the
//! inverse of the written word there, and proofs any word, so that no design can come to rely on it. Contents are undefined
//! at the start.

use rust_hdl::prelude::*;

/// What a memory is built from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RamStyle {
    /// Block RAM.
    Block,
    /// Look-up tables; only where the chip can make memories of them.
    Distributed,
    /// The large single-port RAMs of the iCE40UP5K.
    Huge,
}

impl RamStyle {
    fn attribute(self) -> &'static str {
        match self {
            Self::Block => "ram_style = \"block\"",
            Self::Distributed => "ram_style = \"distributed\"",
            Self::Huge => "ram_style = \"huge\"",
        }
    }
}

/// A memory of words of `D` bits with one read port and one write port.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `read_address` | in | A | word to read; taken every cycle |
/// | `read_data` | out | D | that word, one cycle later |
/// | `write_enable`, `write_address`, `write_data` | in | 1, A, D | word to write |
///
/// One read and one write a cycle. An address beyond the last word reads and writes something undefined.
#[derive(LogicBlock)]
pub struct Ram<const A: usize, const D: usize> {
    pub clock: Signal<In, Clock>,
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
        assert!((1..=1 << A).contains(&n_words), "{n_words} words under {A} address bits");
        Self {
            clock: Signal::default(),
            read_address: Signal::default(),
            read_data: Signal::default(),
            write_enable: Signal::default(),
            write_address: Signal::default(),
            write_data: Signal::default(),
            _style: style,
            _words: vec![Bits::default(); n_words],
        }
    }
}

impl<const A: usize, const D: usize> Default for Ram<A, D> {
    fn default() -> Self {
        Self::new(1, RamStyle::Block)
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
        self.read_data.next = if collision { !self.write_data.val() } else { word };
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
        let slice = address_slice(self._words.len());
        Verilog::Custom(format!(
            "\
{memory}
{watched}
always @(posedge clock) begin
    if (write_enable) mem[write_address{slice}] <= write_data;
`ifdef VERILATOR
    read_data <= (write_enable && write_address == read_address) ? ~write_data : mem[read_address{slice}];
`elsif FORMAL
    read_data <= (write_enable && write_address == read_address) ? any_word : mem[read_address{slice}];
`else
    read_data <= mem[read_address{slice}];
`endif
end",
            memory = declaration(self._style, D, self._words.len()),
            watched = watched_word(D, &slice),
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        registered(&["read_address", "write_enable", "write_address", "write_data"])
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
#[derive(LogicBlock)]
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
        assert!((1..=1 << A).contains(&n_words), "{n_words} words under {A} address bits");
        Self {
            clock: Signal::default(),
            address: Signal::default(),
            write_enable: Signal::default(),
            write_data: Signal::default(),
            read_data: Signal::default(),
            _style: style,
            _words: vec![Bits::default(); n_words],
        }
    }
}

impl<const A: usize, const D: usize> Default for SinglePortRam<A, D> {
    fn default() -> Self {
        Self::new(1, RamStyle::Block)
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
        let slice = address_slice(self._words.len());
        Verilog::Custom(format!(
            "\
{memory}
{watched}
always @(posedge clock) begin
    if (write_enable) mem[address{slice}] <= write_data;
`ifdef VERILATOR
    read_data <= write_enable ? ~write_data : mem[address{slice}];
`elsif FORMAL
    read_data <= write_enable ? any_word : mem[address{slice}];
`else
    if (!write_enable) read_data <= mem[address{slice}];
`endif
end",
            memory = declaration(self._style, D, self._words.len()),
            watched = watched_word(D, &slice),
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        registered(&["address", "write_enable", "write_data"])
    }
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
    let (attribute, high, last) = (style.attribute(), width - 1, n_words - 1);
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
