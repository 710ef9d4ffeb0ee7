//! The simulation models of the ECP5's block RAM and multiplier, compared with a description in Rust of Lattice's documents,
//! under random stimuli.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::verify::bench::{responses, simulation_error};

const FAMILY: &str = "ecp5";
const N_CYCLES: usize = 20_000;

/// Ports named `port` and a number, connected to the bits of a wire from `from` upwards.
fn connected(port: &str, n_bits: usize, wire: &str, from: usize) -> String {
    (0..n_bits).map(|bit| format!(".{port}{bit}({wire}[{}]), ", from + bit)).collect()
}

/// A block RAM with both ports connected. Stimulus: data A, data B, addresses A and B, then WEA, CEA, WEB, CEB.
fn ram_bench(parameters: &str) -> String {
    let ports: String = [("A", "0", "36", "64", "65"), ("B", "18", "50", "66", "67")]
        .map(|(port, data, address, write, enable)| {
            let [data, address]: [usize; 2] = [data, address].map(|number| number.parse().unwrap());
            format!(
                "{}{}{}.WE{port}(stimulus[{write}]), .CE{port}(stimulus[{enable}]), .CLK{port}(clock), .OCE{port}(1'b1), \
                 .RST{port}(1'b0), .CS{port}0(1'b0), .CS{port}1(1'b0), .CS{port}2(1'b0), ",
                connected(&format!("DI{port}"), 18, "stimulus", data),
                connected(&format!("AD{port}"), 14, "stimulus", address),
                connected(&format!("DO{port}"), 18, "response", data),
            )
        })
        .concat();
    let ports = ports.trim_end_matches(", ");
    format!(
        "module top(input clock, input [95:0] stimulus, output [63:0] response);\n\
         assign response[63:36] = 0;\nDP16KD #({parameters}) ram ({ports});\nendmodule\n"
    )
}

/// A port's write mode.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Normal,
    ReadBeforeWrite,
    WriteThrough,
}

/// The block RAM: 16 Kbit and, for widths of 9 and more, 2 Kbit of ninth bits.
struct Ram {
    bytes: Vec<u16>,
    widths: [usize; 2],
    modes: [Mode; 2],
    out: [u64; 2],
}

/// The inputs of a port in a cycle.
#[derive(Clone, Copy)]
struct Access {
    data: u64,
    address: usize,
    write: bool,
    enable: bool,
}

impl Ram {
    fn new(widths: [usize; 2], modes: [Mode; 2]) -> Self {
        Self { bytes: vec![0; 2048], widths, modes, out: [0; 2] }
    }

    /// First byte that a port accesses and, for less than a byte, its first bit.
    fn place(&self, port: usize, address: usize) -> (usize, usize) {
        match self.widths[port] {
            36 => (address >> 5 << 2, 0),
            18 => (address >> 4 << 1, 0),
            9 => (address >> 3, 0),
            _ => (address >> 3, address & 7 & !(self.widths[port] - 1)),
        }
    }

    fn read(&self, port: usize, address: usize) -> u64 {
        let (byte, bit) = self.place(port, address);
        match self.widths[port] {
            width @ (36 | 18 | 9) => {
                (0..width / 9).map(|number| u64::from(self.bytes[byte + number]) << (9 * number)).sum()
            }
            width => u64::from(self.bytes[byte]) >> bit & ((1 << width) - 1),
        }
    }

    fn write(&mut self, port: usize, address: usize, data: u64) {
        let (byte, bit) = self.place(port, address);
        match self.widths[port] {
            width @ (36 | 18) => {
                for number in (0..width / 9).filter(|number| address >> number & 1 == 1) {
                    self.bytes[byte + number] = (data >> (9 * number) & 0x1ff) as u16;
                }
            }
            9 => self.bytes[byte] = (data & 0x1ff) as u16,
            width => {
                let mask = ((1 << width) - 1) << bit;
                self.bytes[byte] = self.bytes[byte] & !mask | (data << bit) as u16 & mask;
            }
        }
    }

    /// Whether both ports access the same word.
    fn share_words(&self, accesses: &[Access; 2]) -> bool {
        let wide = self.widths.contains(&36);
        let word = |port: usize| accesses[port].address >> if wide { 5 } else { 4 };
        word(0) == word(1)
    }

    fn clock(&mut self, accesses: &[Access; 2]) {
        let before: Vec<u64> = (0..2).map(|port| self.read(port, accesses[port].address)).collect();
        for (port, access) in accesses.iter().enumerate().filter(|(_, access)| access.enable) {
            if access.write {
                self.write(port, access.address, access.data);
            }
            let (width, mode) = (self.widths[port], self.modes[port]);
            match (access.write, mode) {
                (false, _) | (_, Mode::ReadBeforeWrite) => self.out[port] = before[port],
                (true, Mode::Normal) => {}
                (true, Mode::WriteThrough) => self.out[port] = access.data & ((1 << width) - 1),
            }
        }
    }
}

fn name(mode: Mode) -> &'static str {
    match mode {
        Mode::Normal => "NORMAL",
        Mode::ReadBeforeWrite => "READBEFOREWRITE",
        Mode::WriteThrough => "WRITETHROUGH",
    }
}

fn parameters(widths: [usize; 2], modes: [Mode; 2]) -> String {
    let [a, b] = widths;
    let [mode_a, mode_b] = modes.map(name);
    format!(".DATA_WIDTH_A({a}), .DATA_WIDTH_B({b}), .WRITEMODE_A(\"{mode_a}\"), .WRITEMODE_B(\"{mode_b}\")")
}

/// Compares the responses to random accesses to a few addresses.
fn ram_agrees(case: &str, widths: [usize; 2], modes: [Mode; 2]) {
    let mut random = ChaCha8Rng::seed_from_u64(widths[0] as u64 * 64 + widths[1] as u64);
    let writes_only = widths[0] == 36;
    let reads_only = widths.contains(&36);
    let mut ram = Ram::new(widths, modes);
    let (mut stimuli, mut expected) = (Vec::new(), Vec::new());
    while stimuli.len() < N_CYCLES {
        let bits = random.next_u64();
        let access = |bits: u64| Access {
            data: bits & 0x3_ffff,
            address: (bits >> 18) as usize & 0x207f,
            write: bits >> 40 & 1 == 1,
            enable: bits >> 41 & 7 != 0,
        };
        let mut accesses = [access(bits), access(random.next_u64())];
        accesses[1].write &= !reads_only;
        // 18 and 36 bits have byte enables, perhaps none of them set.
        let writes = [0, 1].map(|port| {
            let Access { address, write, enable, .. } = accesses[port];
            let n_bytes = widths[port] / 9;
            write && enable && (n_bytes < 2 || address & ((1 << n_bytes) - 1) != 0)
        });
        // Accesses that the documents leave undefined are skipped.
        if ram.share_words(&accesses) && (writes[0] || writes[1]) {
            continue;
        }
        let [a, b] = accesses;
        let flags = [a.write, a.enable, b.write, b.enable];
        let flags: u32 = (0..4).map(|bit| u32::from(flags[bit]) << bit).sum();
        let low = a.data | b.data << 18 | (a.address as u64) << 36 | (b.address as u64) << 50;
        stimuli.push([low as u32, (low >> 32) as u32, flags]);
        if writes_only {
            accesses[0].data |= b.data << 18;
        }
        ram.clock(&accesses);
        let [out_a, out_b] = ram.out;
        let out = match (writes_only, widths[1]) {
            // Both outputs belong to the read port, or the low one is undefined.
            (_, 36) => out_b,
            (true, _) => out_b << 18,
            _ => out_a | out_b << 18,
        };
        expected.push(out);
    }
    let Some(found) = responses(FAMILY, case, &ram_bench(&parameters(widths, modes)), &stimuli) else { return };
    let mask = if writes_only && widths[1] != 36 { !0x3_ffff } else { !0 };
    for (cycle, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(found & mask, *expected, "{case}, cycle {cycle}");
    }
    assert!(expected.iter().any(|out| *out != 0));
}

#[test]
fn block_ram_with_two_ports_behaves_as_documented() {
    use Mode::{Normal, ReadBeforeWrite, WriteThrough};
    ram_agrees("ram-18-18", [18, 18], [ReadBeforeWrite, ReadBeforeWrite]);
    ram_agrees("ram-9-9", [9, 9], [Normal, WriteThrough]);
    ram_agrees("ram-4-4", [4, 4], [Normal, Normal]);
    ram_agrees("ram-18-4", [18, 4], [ReadBeforeWrite, Normal]);
    ram_agrees("ram-1-2", [1, 2], [WriteThrough, ReadBeforeWrite]);
}

#[test]
fn block_ram_of_36_bits_behaves_as_documented() {
    ram_agrees("ram-36-36", [36, 36], [Mode::Normal, Mode::Normal]);
    ram_agrees("ram-36-18", [36, 18], [Mode::Normal, Mode::Normal]);
}

#[test]
fn reading_a_word_while_it_is_written_returns_its_complement() {
    let widths = [18, 18];
    let bench = ram_bench(&parameters(widths, [Mode::Normal; 2]));
    // A writes all of word 0 twice while B reads it.
    let write = |data: u32| [data, 3 << 4, 0b1011];
    let Some(found) = responses(FAMILY, "ram-collision", &bench, &[write(0x155), write(0x0aa)]) else { return };
    assert_eq!(found.iter().map(|out| out >> 18).collect::<Vec<_>>(), [0x3_ffff, !0x155 & 0x3_ffff]);
}

/// Stimulus: factors of 18 bits, their signs, CE0, RST0.
fn multiplier_bench(registers: [bool; 4]) -> String {
    let stages = ["INPUTA", "INPUTB", "PIPELINE", "OUTPUT"];
    let parameters: Vec<String> = (stages.iter().zip(registers))
        .map(|(stage, is_there)| format!(".REG_{stage}_CLK(\"{}\")", if is_there { "CLK0" } else { "NONE" }))
        .collect();
    let ports =
        [connected("A", 18, "stimulus", 0), connected("B", 18, "stimulus", 18), connected("P", 36, "response", 0)];
    format!(
        "module top(input clock, input [95:0] stimulus, output [63:0] response);\nassign response[63:36] = 0;\n\
         MULT18X18D #({}) multiplier ({} .SIGNEDA(stimulus[36]), .SIGNEDB(stimulus[37]), .SOURCEA(1'b0), .SOURCEB(1'b0),\n\
         .CLK0(clock), .CE0(stimulus[38]), .RST0(stimulus[39]));\nendmodule\n",
        parameters.join(", "),
        ports.concat()
    )
}

fn multiplier_agrees(case: &str, registers: [bool; 4]) {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let extended = |value: u64, is_signed: bool| {
        let value = (value & 0x3_ffff) as i64;
        if is_signed && value >> 17 == 1 { value - (1 << 18) } else { value }
    };
    let (mut held, mut piped, mut out) = ([0_i64; 2], 0_i64, 0_i64);
    let (mut stimuli, mut expected) = (Vec::new(), Vec::new());
    for _ in 0..N_CYCLES {
        let bits: u64 = random.next_u64();
        let extremes = [0, 0x1_ffff, 0x2_0000, 0x3_ffff];
        let mut factor =
            |bits: u64| if random.random_bool(0.2) { extremes[(bits & 3) as usize] } else { bits & 0x3_ffff };
        let (a, b) = (factor(bits), factor(bits >> 18));
        let [signed_a, signed_b, enable] = [36, 37, 38].map(|bit| bits >> bit & 1 == 1);
        let reset = bits >> 39 & 31 == 0;
        let low = a | b << 18 | u64::from(signed_a) << 36 | u64::from(signed_b) << 37;
        let low = low | u64::from(enable) << 38 | u64::from(reset) << 39;
        stimuli.push([low as u32, (low >> 32) as u32, 0]);
        let given = [extended(a, signed_a), extended(b, signed_b)];
        let through = |held: [i64; 2]| {
            let [a, b] = [0, 1].map(|side| if registers[side] { held[side] } else { given[side] });
            a * b
        };
        let multiplied = |held: [i64; 2], piped: i64| if registers[2] { piped } else { through(held) };
        if reset {
            (held, piped, out) = ([0; 2], 0, 0);
        } else if enable {
            (held, piped, out) = (given, through(held), multiplied(held, piped));
        }
        let product = if registers[3] { out } else { multiplied(held, piped) };
        expected.push(product as u64 & 0xf_ffff_ffff);
    }
    let Some(found) = responses(FAMILY, case, &multiplier_bench(registers), &stimuli) else { return };
    for (cycle, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(found, expected, "{case}, cycle {cycle}");
    }
}

#[test]
fn the_multiplier_behaves_as_documented_with_and_without_registers() {
    multiplier_agrees("multiplier", [false; 4]);
    multiplier_agrees("multiplier-output", [false, false, false, true]);
    multiplier_agrees("multiplier-all", [true; 4]);
    multiplier_agrees("multiplier-one-input", [true, false, false, true]);
}

#[test]
fn settings_that_are_not_modelled_end_the_simulation() {
    for (case, parameters, expected) in [
        ("refused-register", ".REGMODE_A(\"OUTREG\")", "output registers are not modelled"),
        ("refused-width", ".DATA_WIDTH_A(3)", "widths 3 and 18 are not modelled"),
        ("refused-mode", ".WRITEMODE_B(\"WRITE\")", "write mode is not modelled"),
    ] {
        let Some(message) = simulation_error(FAMILY, case, &ram_bench(parameters)) else { return };
        assert!(message.contains(expected), "{message}");
    }
}
