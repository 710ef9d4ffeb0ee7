//! `motorsrnn ports`: the serial ports of this machine.

use clap::Args;
use serde::Serialize;
use serialport::{SerialPortInfo, SerialPortType, UsbPortInfo};

use super::{print_json, print_text};
use crate::failure::Failure;
use crate::serial_latency::UDEV_RULES;

/// Options of `ports`.
#[derive(Debug, Args)]
pub struct PortsArgs {
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
    /// Print rules for udev that make USB adapters answer at once, as `live` needs
    #[arg(long, conflicts_with = "json")]
    pub udev: bool,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename = "port")]
struct Row {
    path: String,
    usb: Option<String>,
    product: Option<String>,
    serial_number: Option<String>,
}

impl From<SerialPortInfo> for Row {
    fn from(port: SerialPortInfo) -> Self {
        let path = port.port_name;
        match port.port_type {
            SerialPortType::UsbPort(UsbPortInfo { vid, pid, serial_number, product, .. }) => {
                Self { path, usb: Some(format!("{vid:04x}:{pid:04x}")), product, serial_number }
            }
            _ => Self { path, usb: None, product: None, serial_number: None },
        }
    }
}

/// Prints the list, or the rules.
///
/// # Errors
/// The operating system does not list its ports, or standard output cannot be written.
pub fn run(args: &PortsArgs) -> Result<(), Failure> {
    if args.udev {
        return print_text(UDEV_RULES);
    }
    let ports = serialport::available_ports().map_err(|error| {
        Failure::input(format_args!("cannot list the serial ports: {error}"))
            .advise("give the path to --board yourself")
    })?;
    let rows: Vec<Row> = ports.into_iter().map(Row::from).collect();
    if args.json {
        return rows.iter().try_for_each(print_json);
    }
    if rows.is_empty() {
        return print_text("no serial ports; plug a board in, or use `--board model`\n");
    }
    let line = |row: &Row| {
        let details = [&row.usb, &row.product, &row.serial_number].map(|detail| detail.as_deref().unwrap_or(""));
        format!("{}  {}", row.path, details.join("  ")).trim_end().to_owned() + "\n"
    };
    print_text(&rows.iter().map(line).collect::<String>())
}
