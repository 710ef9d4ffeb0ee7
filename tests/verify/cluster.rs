//! The examples for clusters: a study in parts, of which one is cancelled, comes to what one process comes to, and nothing that is
//! finished is worked again.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tools::workspace::build_directory;
use tools::{Slurm, Snakemake};

use crate::support::{Folder, succeed};

/// A study of 28 cells of a session, of which the first take longest.
const OPTIONS: &str = "--quick --only accuracy,sparsity --topologies T3 --seeds 2 --epochs 20 --window-ms 20";
const PARTS: &str = "4";

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/cluster").join(name)
}

/// A command that finds the program.
fn finds_program(mut command: Command) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_motorsrnn")).parent().unwrap();
    let mut path = OsString::from(program);
    path.push(":/usr/sbin:");
    path.push(env::var_os("PATH").unwrap_or_default());
    command.env("PATH", path);
    command
}

fn session(folder: &Folder, name: &str, seed: &str) -> String {
    let path = folder.path(name);
    succeed(&["synth", "-o", &path, "--channels", "12", "--directions", "4", "--trials", "6", "--seed", seed]);
    path
}

/// Claims, cells and results of a report.
fn results(report: &str) -> (Value, Vec<(Value, Value)>) {
    let json: Value = serde_json::from_slice(&fs::read(format!("{report}/report.json")).unwrap()).unwrap();
    let cells = json["cells"].as_array().unwrap().iter().map(|cell| (cell["cell"].clone(), cell["outcome"].clone()));
    (json["claims"].clone(), cells.collect())
}

/// When each result in a store was written.
fn written(store: &str) -> BTreeMap<String, SystemTime> {
    let files = fs::read_dir(store).into_iter().flatten().map(|entry| entry.unwrap());
    let files = files.map(|file| (file.file_name().into_string().unwrap(), file));
    let results = files.filter(|(name, _)| name.ends_with(".json") && !name.starts_with("study-"));
    results.map(|(name, file)| (name, file.metadata().unwrap().modified().unwrap())).collect()
}

/// A Slurm of two nodes with a processor each, on this machine; ended when dropped.
struct Cluster {
    folder: tempfile::TempDir,
    daemons: Vec<Child>,
}

impl Cluster {
    fn start() -> Self {
        let mut cluster = Self { folder: tempfile::tempdir().unwrap(), daemons: Vec::new() };
        let key = cluster.path("munge.key");
        fs::write(&key, [7; 64]).unwrap();
        fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
        fs::create_dir(cluster.path("state")).unwrap();
        fs::write(cluster.path("slurm.conf"), cluster.configuration()).unwrap();
        let files = ["key-file=munge.key", "socket=munge.socket", "pid-file=munge.pid", "seed-file=munge.seed"];
        let files =
            files.map(|option| format!("--{}", option.replace('=', &format!("={}/", cluster.folder.path().display()))));
        cluster.spawn("munged", &[&["--foreground", "--force"], &files.each_ref().map(String::as_str)[..]].concat());
        cluster.wait_until(|cluster| Path::new(&cluster.path("munge.socket")).exists());
        cluster.spawn("slurmctld", &["-D"]);
        cluster.spawn("slurmd", &["-D", "-N", "n1"]);
        cluster.spawn("slurmd", &["-D", "-N", "n2"]);
        cluster
            .wait_until(|cluster| cluster.says("sinfo", &["-h", "-N", "-o", "%T"]).as_deref() == Some("idle\nidle\n"));
        cluster
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn configuration(&self) -> String {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
        // These ports are free now.
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [control, one, two] = listeners.each_ref().map(|listener| listener.local_addr().unwrap().port());
        let (folder, user) = (self.folder.path().display(), user.trim());
        format!(
            "ClusterName=lab\nSlurmctldHost={host}(127.0.0.1)\nSlurmUser={user}\nSlurmdUser={user}\n\
             AuthType=auth/munge\nAuthInfo=socket={folder}/munge.socket\nMpiDefault=none\n\
             ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nReturnToService=2\nKillWait=5\n\
             SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU_Memory\n\
             SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0\n\
             AccountingStorageType=accounting_storage/none\nJobAcctGatherType=jobacct_gather/none\n\
             StateSaveLocation={folder}/state\nSlurmdSpoolDir={folder}/spool.%n\n\
             SlurmctldPidFile={folder}/slurmctld.pid\nSlurmdPidFile={folder}/slurmd.%n.pid\n\
             SlurmctldLogFile={folder}/slurmctld.log\nSlurmdLogFile={folder}/slurmd.%n.log\n\
             SlurmctldPort={control}\nSlurmdParameters=config_overrides\n\
             NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={one} CPUs=1 RealMemory=2000\n\
             NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={two} CPUs=1 RealMemory=2000\n\
             PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP\n"
        )
    }

    fn command(&self, program: &str) -> Command {
        let mut command = finds_program(Command::new(program));
        command.env("SLURM_CONF", self.path("slurm.conf")).current_dir(self.folder.path());
        command
    }

    fn spawn(&mut self, daemon: &str, options: &[&str]) {
        let mut command = self.command(daemon);
        self.daemons.push(command.args(options).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }

    /// What a program prints; none if it fails, as before the daemons answer.
    fn says(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let output = self.command(program).args(arguments).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    fn wait_until(&mut self, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            let ended = self.daemons.iter_mut().any(|daemon| daemon.try_wait().unwrap().is_some());
            assert!(!ended, "a daemon has ended: {}", self.logs());
            sleep(Duration::from_millis(200));
        }
    }

    fn logs(&self) -> String {
        let logs = ["slurmctld.log", "slurmd.n1.log", "slurmd.n2.log"];
        logs.iter().filter_map(|name| fs::read_to_string(self.path(name)).ok()).collect()
    }

    /// Starts the example.
    fn submit(&self, recording: &str, report: &str) {
        let mut example = self.command(example("slurm.sh").to_str().unwrap());
        let submitted = example.args([PARTS, recording, "-o", report]).args(OPTIONS.split(' ')).output().unwrap();
        assert!(submitted.status.success(), "{}", String::from_utf8_lossy(&submitted.stderr));
    }

    /// Waits until all jobs have ended. Returns what they printed.
    fn wait_for_jobs(&mut self) -> String {
        self.wait_until(|cluster| cluster.says("squeue", &["-h"]).is_some_and(|jobs| jobs.is_empty()));
        let names = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut printed = String::new();
        for path in names.filter(|path| path.extension().is_some_and(|extension| extension == "out")) {
            printed += &fs::read_to_string(&path).unwrap();
            fs::remove_file(path).unwrap();
        }
        printed
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A test that fails leaves jobs; the daemons end with `scontrol` if they can.
        for (program, argument) in [("scancel", "--me"), ("scontrol", "shutdown")] {
            let _ = self.command(program).arg(argument).output();
        }
        for daemon in self.daemons.iter_mut().rev() {
            sleep(Duration::from_millis(500));
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

#[test]
fn a_job_array_of_slurm_resumes_after_a_part_was_cancelled() {
    let Some(_) = tools::found_or_skipped("a study under Slurm", Slurm::find()) else { return };
    let folder = Folder::new();
    let recording = session(&folder, "monday.nwb", "5");
    let (whole, report) = (folder.path("whole"), folder.path("report"));
    let store = format!("{report}/cells");
    succeed(&[&["study", &recording, "-o", &whole], &OPTIONS.split(' ').collect::<Vec<_>>()[..]].concat());

    let mut cluster = Cluster::start();
    cluster.submit(&recording, &report);
    cluster.wait_until(|_| !written(&store).is_empty());
    let running = cluster.says("squeue", &["-h", "-r", "-t", "RUNNING", "-o", "%F_%K"]).unwrap();
    cluster.says("scancel", &[running.lines().last().unwrap()]).unwrap();
    let printed = cluster.wait_for_jobs();
    assert!(
        printed.contains("\nmissing             ") && printed.contains("missing; the report is of the others"),
        "{printed}"
    );
    let kept = written(&store);

    cluster.submit(&recording, &report);
    let printed = cluster.wait_for_jobs();
    assert!(!printed.contains("missing"), "{printed}");
    let after = written(&store);
    assert_eq!((kept.len() < after.len(), after.len()), (true, 28));
    assert!(kept.iter().all(|(name, time)| after[name] == *time), "a finished cell was worked again");
    assert_eq!(results(&report), results(&whole));
    assert!(after.keys().eq(written(&format!("{whole}/cells")).keys()));
}

/// The process of a part of a study in `report`.
fn process_of_part(report: &str) -> Option<Pid> {
    fs::read_dir("/proc").unwrap().find_map(|entry| {
        let id: i32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let line = fs::read(format!("/proc/{id}/cmdline")).ok()?;
        let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        let is_part = words[0].ends_with(b"motorsrnn") && words.contains(&b"--part".as_slice());
        if is_part && words.contains(&report.as_bytes()) { Pid::from_raw(id) } else { None }
    })
}

#[test]
fn a_workflow_of_snakemake_resumes_after_a_part_was_cancelled() {
    let found = Snakemake::find(&build_directory());
    let Some(snakemake) = tools::found_or_skipped("a study under Snakemake", found) else { return };
    let folder = Folder::new();
    let (one, other) = (session(&folder, "monday.nwb", "5"), session(&folder, "tuesday.nwb", "6"));
    let (whole, report) = (folder.path("whole"), folder.path("report"));
    let stores = ["monday", "tuesday"].map(|name| format!("{report}/{name}/cells"));
    let all_written = || -> BTreeMap<String, SystemTime> { stores.iter().flat_map(|store| written(store)).collect() };
    succeed(&[&["study", &one, &other, "-o", &whole], &OPTIONS.split(' ').collect::<Vec<_>>()[..]].concat());

    let workflow = || {
        let mut command = finds_program(snakemake.command());
        command.current_dir(folder.path("")).env("XDG_CACHE_HOME", folder.path("cache"));
        command.arg("--snakefile").arg(example("Snakefile")).args(["--cores", "2", "--config"]);
        command.args([format!("recordings={one} {other}"), format!("output={report}")]);
        command.args([format!("options={OPTIONS}"), format!("parts={PARTS}")]);
        command
    };
    let mut first = workflow().spawn().unwrap();
    while all_written().is_empty() {
        assert!(first.try_wait().unwrap().is_none(), "it has ended");
        sleep(Duration::from_millis(100));
    }
    kill_process(process_of_part(&report).unwrap(), Signal::TERM).unwrap();
    assert!(!first.wait().unwrap().success());
    let kept = all_written();

    assert!(workflow().status().unwrap().success());
    let after = all_written();
    assert_eq!((kept.len() < after.len(), after.len()), (true, 56));
    assert!(kept.iter().all(|(name, time)| after[name] == *time), "a finished cell was worked again");
    for name in ["monday", "tuesday"] {
        assert_eq!(results(&format!("{report}/{name}")), results(&format!("{whole}/{name}")));
    }
}
