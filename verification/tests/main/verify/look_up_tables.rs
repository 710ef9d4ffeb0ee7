//! The look-up tables of both families: every input, with random contents.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::verify::bench::responses;

const N_TABLES: usize = 64;

/// Compares tables that share their inputs with the bits of their contents.
fn tables_agree(family: &str, cell: &str, content: &str, [inputs @ .., output]: [&str; 5]) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let contents: Vec<u16> = (0..N_TABLES).map(|_| random.next_u32() as u16).collect();
    let inputs: String = (0..).zip(inputs).map(|(bit, port)| format!(".{port}(stimulus[{bit}]), ")).collect();
    let tables: String = (0..)
        .zip(&contents)
        .map(|(table, bits)| {
            format!("{cell} #(.{content}(16'd{bits})) table{table} ({inputs}.{output}(response[{table}]));\n")
        })
        .collect();
    let bench = format!("module top(input clock, input [95:0] stimulus, output [63:0] response);\n{tables}endmodule\n");
    let stimuli: Vec<[u32; 3]> = (0..16).map(|input| [input, 0, 0]).collect();
    let Some(found) = responses(family, &format!("{family}-look-up-tables"), &bench, &stimuli) else { return };
    for (input, found) in found.iter().enumerate() {
        for (table, bits) in contents.iter().enumerate() {
            assert_eq!(found >> table & 1, u64::from(bits >> input & 1), "{cell} of {bits:016b}, input {input:04b}");
        }
    }
}

#[test]
fn a_look_up_table_gives_the_bit_that_its_inputs_number() {
    tables_agree("ecp5", "LUT4", "INIT", ["A", "B", "C", "D", "Z"]);
    tables_agree("ice40", "SB_LUT4", "LUT_INIT", ["I0", "I1", "I2", "I3", "O"]);
}
