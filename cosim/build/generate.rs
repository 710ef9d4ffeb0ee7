//! The C++ and the Rust that are different for every top.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::ports::Port;
use crate::tops::Top;

/// A port with its index in an array, if it is in one, and its index among all ports.
type Numbered<'a> = (Option<usize>, usize, &'a Port);

/// The C++ that Rust calls, for one top.
pub fn cpp(top: &Top) -> String {
    let class = tools::cpp::class(top.name);
    let ports: Vec<String> = top.ports.iter().map(|port| format!("    MOTORSRNN_PORT({})", port.cpp_name())).collect();
    let name = top.name;
    format!(
        "#include \"simulation.h\"\n#include \"{class}.h\"\n\
         #if __has_include(\"bench_{name}.h\")\n#include \"bench_{name}.h\"\n#endif\n\n\
         MOTORSRNN_TOP({name}, {class},\n{})\n",
        ports.join(",\n")
    )
}

/// The symbols of all tops; included by `src/ffi.rs` and by nothing else.
pub fn externs(tops: &[Top]) -> String {
    let mut text = String::from("unsafe extern \"C\" {\n");
    for top in tops {
        let _ = writeln!(text, "    static motorsrnn_{}: Functions;", top.name);
    }
    text.push_str("}\n\nfn functions(model: Model) -> &'static Functions {\n");
    text.push_str(
        "    // SAFETY: C++ defines these as constants of this layout, and nothing writes them.\n    unsafe {\n",
    );
    text.push_str("        match model {\n");
    for top in tops {
        let _ = writeln!(text, "            Model::{} => &motorsrnn_{},", type_name(top.name), top.name);
    }
    text.push_str("        }\n    }\n}\n");
    text
}

/// The enumeration of all tops; included by `src/top.rs`.
pub fn names(tops: &[Top]) -> String {
    let mut text = String::new();
    let types: Vec<String> = tops.iter().map(|top| type_name(top.name)).collect();
    let _ = writeln!(text, "/// The models of this build.");
    let _ = writeln!(text, "#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum Model {{");
    for name in &types {
        let _ = writeln!(text, "    /// See [`crate::model::{name}`].\n    {name},");
    }
    let _ = writeln!(text, "}}\n\nimpl Model {{");
    let listed: Vec<String> = types.iter().map(|name| format!("Self::{name}")).collect();
    let _ = writeln!(text, "    /// All of them.\n    pub const ALL: &[Self] = &[{}];", listed.join(", "));
    let _ = writeln!(text, "\n    /// Name of the top.\n    #[must_use]\n    pub fn name(self) -> &'static str {{");
    let _ = writeln!(text, "        match self {{");
    for (top, name) in tops.iter().zip(&types) {
        let _ = writeln!(text, "            Self::{name} => \"{}\",", top.name);
    }
    let _ = writeln!(text, "        }}\n    }}\n}}");
    text
}

/// The tops as Rust types, with a method for every port; included by `src/model.rs`.
///
/// # Errors
/// A port that has no method.
pub fn model(tops: &[Top]) -> Result<String, String> {
    let mut text = String::new();
    for top in tops {
        text.push_str(&simulator(top, &type_name(top.name))?);
    }
    text.push_str(
        "\n/// The pins of a board of `spec::board`, just configured; `None` if there is no model of it.\n#[must_use]\n",
    );
    text.push_str("pub fn board_pins(board: &str) -> Option<Box<dyn SerialPins>> {\n    match board {\n");
    for top in tops {
        if let Some(board) = top.board {
            let name = type_name(top.name);
            let _ = writeln!(text, "        \"{board}\" => Some(Box::new(Simulator::<{name}>::new())),");
        }
    }
    text.push_str("        _ => None,\n    }\n}\n");
    Ok(text)
}

fn simulator(top: &Top, name: &str) -> Result<String, String> {
    let mut text = String::new();
    let n_ports = top.ports.len();
    let _ = writeln!(text, "\n/// The top `{}`.\n#[derive(Debug)]\npub enum {name} {{}}", top.name);
    let _ = writeln!(text, "\nimpl Top for {name} {{\n    const MODEL: Model = Model::{name};");
    let _ = writeln!(text, "    const N_PORTS: usize = {n_ports};\n}}\n\nimpl Simulator<{name}> {{");
    let mut methods: BTreeMap<String, Vec<Numbered<'_>>> = BTreeMap::new();
    for (index, port) in top.ports.iter().enumerate() {
        if port.is_clock && port.name == "clock" {
            continue;
        }
        let (method, number) = port.rust_name();
        methods.entry(method).or_default().push((number, index, port));
    }
    for (method, mut ports) in methods {
        ports.sort_by_key(|(number, ..)| *number);
        let is_array = ports[0].0.is_some();
        if !is_array && ports.len() > 1 || ports.iter().enumerate().any(|(at, port)| is_array && port.0 != Some(at)) {
            return Err(format!("{}: the ports {method} are not numbered 0, 1, …", top.name));
        }
        text.push_str(&accessor(&method, &ports, is_array));
    }
    text.push_str("}\n");
    let has = |name: &str, is_input: bool| {
        top.ports.iter().any(|port| port.name == name && port.bits == 1 && port.is_input == is_input)
    };
    if has("rx", true) && has("tx", false) {
        let _ = writeln!(
            text,
            "\nimpl SerialPins for Simulator<{name}> {{
    fn set_rx(&mut self, level: bool) {{
        Simulator::<{name}>::set_rx(self, level);
    }}

    fn tx(&self) -> bool {{
        Simulator::<{name}>::tx(self)
    }}

    fn step_while_tx(&mut self, level: bool, n_cycles: u64) -> u64 {{
        Simulator::<{name}>::step_while_tx(self, level, n_cycles)
    }}
}}"
        );
    }
    Ok(text)
}

/// A method for a port, or for an array of ports.
fn accessor(method: &str, ports: &[Numbered<'_>], is_array: bool) -> String {
    let port = ports[0].2;
    let (bits, signed) = (port.bits, port.is_signed);
    let word = [8, 16, 32, 64].into_iter().find(|&size| bits <= size);
    let indices: Vec<String> = ports.iter().map(|port| port.1.to_string()).collect();
    let (argument, place) = if is_array {
        ("number: usize", format!("const {{ [{}] }}[number]", indices.join(", ")))
    } else {
        ("", indices[0].clone())
    };
    let comma = if is_array { ", " } else { "" };
    let each = if is_array { "one of the outputs" } else { "the output" };
    let sign = if signed { ", signed" } else { "" };
    let words = bits.div_ceil(32);
    let kind = match word {
        _ if bits == 1 => "bool".to_owned(),
        Some(size) if signed => format!("i{size}"),
        Some(size) => format!("u{size}"),
        None => format!("[u32; {words}]"),
    };
    let mut text = String::new();
    if port.is_input {
        let _ = writeln!(text, "    /// Sets `{method}`: {bits} bit{sign}.");
        let _ = writeln!(text, "    #[inline]\n    pub fn set_{method}(&mut self, {argument}{comma}value: {kind}) {{");
        let _ = match word {
            _ if bits == 1 => writeln!(text, "        self.write({place}, u8::from(value));"),
            Some(size) if signed => {
                writeln!(text, "        self.write({place}, signed_bits!(value, i{size}, u{size}, {bits}));")
            }
            Some(size) if size == bits => writeln!(text, "        self.write({place}, value);"),
            Some(_) => writeln!(text, "        self.write({place}, unsigned_bits!(value, {bits}));"),
            None => writeln!(text, "        self.write({place}, wide_bits!(value, {bits}));"),
        };
    } else {
        let _ = writeln!(text, "    /// Reads {each} `{method}`: {bits} bit{sign}.");
        let _ =
            writeln!(text, "    #[inline]\n    #[must_use]\n    pub fn {method}(&self{comma}{argument}) -> {kind} {{");
        let _ = match word {
            _ if bits == 1 => writeln!(text, "        self.read::<u8>({place}) != 0"),
            Some(size) if signed && size == bits => {
                writeln!(text, "        self.read::<u{size}>({place}).cast_signed()")
            }
            Some(size) if signed => {
                let shift = size - bits;
                writeln!(text, "        (self.read::<u{size}>({place}).cast_signed() << {shift}) >> {shift}")
            }
            Some(size) => writeln!(text, "        self.read::<u{size}>({place})"),
            None => writeln!(text, "        self.read({place})"),
        };
    }
    text.push_str("    }\n\n");
    if !port.is_input && bits == 1 && !is_array {
        let _ = writeln!(
            text,
            "    /// Runs up to `n_cycles`, until `{method}` is no longer `level`; returns how many ran."
        );
        let _ = writeln!(text, "    pub fn step_while_{method}(&mut self, level: bool, n_cycles: u64) -> u64 {{");
        let _ = writeln!(text, "        self.step_while({place}, level, n_cycles)\n    }}\n");
    }
    text
}

fn type_name(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}
