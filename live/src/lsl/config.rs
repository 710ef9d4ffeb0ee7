//! The settings that all programs of the lab streaming layer read.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// The longest file of settings that is read.
const FILE_MAX_BYTES: usize = 1 << 16;
/// Names the file of settings.
const VARIABLE: &str = "LSLAPICFG";

/// Where streams are looked for, and under which name of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Port that all outlets of a computer share.
    pub shared_port: u16,
    /// First of the ports of which each outlet has its own.
    pub first_port: u16,
    /// Number of these ports.
    pub n_ports: u16,
    /// Addresses, also of groups, at which outlets are asked together.
    pub addresses: Vec<Ipv4Addr>,
    /// Computers whose outlets are asked one by one.
    pub peers: Vec<String>,
    /// Streams of other sessions are not seen.
    pub session_id: String,
    /// How many routers a question to a group passes.
    pub time_to_live: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            shared_port: 16_571,
            first_port: 16_572,
            n_ports: 32,
            addresses: addresses("site"),
            peers: Vec::new(),
            session_id: "default".to_owned(),
            time_to_live: 24,
        }
    }
}

impl Config {
    /// The settings of the file that the variable `LSLAPICFG` names, of `lsl_api.cfg` here, in `~/lsl_api` or in
    /// `/etc/lsl_api`, whichever is there first; without a file, the usual ones.
    #[must_use]
    pub fn load() -> Self {
        let named = std::env::var_os(VARIABLE).map(PathBuf::from);
        let home = std::env::home_dir().map(|home| home.join("lsl_api/lsl_api.cfg"));
        let usual = ["lsl_api.cfg", "/etc/lsl_api/lsl_api.cfg"].map(|path| Path::new(path).to_owned());
        let [here, everywhere] = usual;
        let files = named.into_iter().chain([here]).chain(home).chain([everywhere]);
        let text = files.map(fs::read).find_map(Result::ok);
        text.map_or_else(Self::default, |text| Self::parse(&text))
    }

    /// Reads settings; what is not known or cannot be read is as usual.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(&text[..text.len().min(FILE_MAX_BYTES)]);
        let mut config = Self::default();
        let (mut section, mut replaced) = (String::new(), None);
        for line in text.lines() {
            let line = line.split([';', '#']).next().unwrap_or_default().trim();
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name.trim().to_owned();
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim();
            match (section.as_str(), key.trim()) {
                ("ports", "MulticastPort") => set(&mut config.shared_port, value),
                ("ports", "BasePort") => set(&mut config.first_port, value),
                ("ports", "PortRange") => set(&mut config.n_ports, value),
                ("multicast", "ResolveScope") => config.addresses = addresses(value),
                ("multicast", "TTLOverride") => set(&mut config.time_to_live, value),
                ("multicast", "AddressesOverride") => replaced = Some(set_of(value)),
                ("lab", "KnownPeers") => config.peers = set_of(value),
                ("lab", "SessionID") => value.clone_into(&mut config.session_id),
                _ => {}
            }
        }
        config.n_ports = config.n_ports.min(u16::MAX - config.first_port);
        let replaced = replaced.filter(|addresses| !addresses.is_empty());
        if let Some(addresses) = replaced {
            config.addresses = addresses.iter().filter_map(|address| address.parse().ok()).collect();
        }
        config
    }

    /// The ports of which each outlet has its own.
    pub fn ports(&self) -> impl Iterator<Item = u16> + use<> {
        let first = self.first_port;
        (0..self.n_ports).map(move |port| first + port)
    }
}

/// The addresses of a scope, which include those of all smaller ones.
fn addresses(scope: &str) -> Vec<Ipv4Addr> {
    let machine = [Ipv4Addr::LOCALHOST];
    let link = [Ipv4Addr::BROADCAST, Ipv4Addr::new(224, 0, 0, 1), Ipv4Addr::new(224, 0, 0, 183)];
    let site = [Ipv4Addr::new(239, 255, 172, 215)];
    let n_groups = match scope {
        "machine" => 1,
        "link" => 2,
        _ => 3,
    };
    [&machine[..], &link, &site][..n_groups].concat()
}

/// The members of a set like `{a, b}`.
fn set_of(text: &str) -> Vec<String> {
    let text = text.trim_start_matches('{').trim_end_matches('}');
    text.split(',').map(|member| member.trim().to_owned()).filter(|member| !member.is_empty()).collect()
}

fn set<T: std::str::FromStr>(setting: &mut T, value: &str) {
    if let Ok(value) = value.parse() {
        *setting = value;
    }
}
