//! The latency timer of USB adapters: answers that do not fill a packet wait for it, 16 ms by default.

use std::fs;
use std::path::{Path, PathBuf};

/// The shortest latency timer.
pub const LEAST_MS: u32 = 1;

/// Rules for udev that set the timer of every FTDI adapter when it is plugged in, and send what ends with a delimiter at once.
pub const UDEV_RULES: &str = "\
# Save as /etc/udev/rules.d/99-motorsrnn.rules, then: udevadm control --reload; plug the board in again.
ACTION==\"add\", SUBSYSTEM==\"usb-serial\", DRIVER==\"ftdi_sio\", ATTR{latency_timer}=\"1\"
ACTION==\"add\", SUBSYSTEM==\"usb-serial\", DRIVER==\"ftdi_sio\", ATTR{event_char}=\"256\"
";

/// The latency timer of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatencyTimer {
    file: PathBuf,
    /// In ms.
    pub ms: u32,
    device: PathBuf,
}

impl LatencyTimer {
    /// That of a device, if it has one and it is not the shortest.
    #[must_use]
    pub fn of(device: &Path) -> Option<Self> {
        Self::within(Path::new("/sys/class/tty"), device)
    }

    fn within(devices: &Path, device: &Path) -> Option<Self> {
        let target = device.canonicalize().unwrap_or_else(|_| device.to_owned());
        let file = devices.join(target.file_name()?).join("device/latency_timer");
        let ms = fs::read_to_string(&file).ok()?.trim().parse().ok()?;
        (ms > LEAST_MS).then(|| Self { file, ms, device: device.to_owned() })
    }

    /// The file that holds it.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What a user can do about it.
    #[must_use]
    pub fn advice(&self) -> String {
        format!(
            "its latency timer is {} ms: run `setserial {} low_latency`, or as root `echo {LEAST_MS} > {}`, or install the rule of \
             `motorsrnn ports --udev`",
            self.ms,
            self.device.display(),
            self.file.display()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timer_of_a_device_is_found_and_named_in_the_advice() {
        let folder = tempfile::tempdir().unwrap();
        let device = folder.path().join("ttyUSB1");
        fs::write(&device, "").unwrap();
        let place = folder.path().join("class/ttyUSB1/device");
        fs::create_dir_all(&place).unwrap();
        let timer = || LatencyTimer::within(&folder.path().join("class"), &device);
        assert_eq!(timer(), None);
        fs::write(place.join("latency_timer"), "16\n").unwrap();
        let advice = timer().unwrap().advice();
        assert!(advice.contains("16 ms") && advice.contains("setserial") && advice.contains("ttyUSB1"), "{advice}");
        fs::write(place.join("latency_timer"), "1\n").unwrap();
        assert_eq!(timer(), None);
    }
}
