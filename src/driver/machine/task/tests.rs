//! What becomes of a text by what its machine says of its signature and of the execution policy of the device.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use super::super::double::Double;
use super::*;
use crate::log::write::RegistryValues;
use crate::protocol::PolicyId;
use crate::time::Span;

const CONFIG: &str = "service = \"tcp://127.0.0.1:1\"\nversion = \"1.94.0.0\"\n\
    [interpreters]\nps1 = [\"{system}/host\", \"-ExecutionPolicy\", \"{policy}\", \"-File\"]\n\
    txt = [\"reader\"]\n\
    [[script]]\nid = 1\nfile = \"a.ps1\"\n\
    [[script]]\nid = 2\nfile = \"a.ps1\"\nsignature_check = true\n\
    [[compliance]]\nid = 1\nfile = \"a.ps1\"\n\
    [[compliance]]\nid = 2\nfile = \"a.ps1\"\nsignature_check = true\n\
    [[remediation]]\nid = 1\ndetect = \"a.ps1\"\nremediate = \"a.ps1\"\n\
    [[remediation]]\nid = 2\ndetect = \"a.ps1\"\nremediate = \"a.PS1\"\nsignature_check = true\n\
    [[remediation]]\nid = 3\ndetect = \"a.txt\"\nsignature_check = true\n";

/// What a machine says.
struct Says {
    signature: Result<(), SignatureFault>,
    policy: Result<DevicePolicy, SignatureFault>,
}

/// The plan for a run on such a machine, and the copies of its text that are left.
fn planned(says: &Says, task: Task, policy: u32) -> (Plan, usize) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("imesim-plan-{}-{number}", std::process::id()));
    let _none = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("run")).unwrap();
    fs::create_dir_all(folder.join("content")).unwrap();
    for name in ["a.ps1", "a.PS1", "a.txt"] {
        fs::write(folder.join("content").join(name), "exit 0").unwrap();
    }
    let config = Config::parse(CONFIG, "a.toml", &folder).unwrap();
    let run = Run {
        task,
        policy: PolicyId(policy),
        revision: 1,
        user: UserId::DEVICE,
        session: UserId::DEVICE,
        run_as: RunAs::System,
        attempt: 1,
        limit: Span::mins(30),
    };
    let values = Mutex::new(RegistryValues::default());
    let machine = Double { values, signature: says.signature, policy: says.policy };
    let place = Place { scripts: folder.join("run"), mark: "m", token: 7, users: &[] };
    let planned = plan(&machine, &config, &run, &place);
    let copies = fs::read_dir(folder.join("run")).unwrap().count();
    fs::remove_dir_all(folder).unwrap();
    (planned, copies)
}

/// The words of the host, where the run is started, and its one copy is there.
fn words((plan, copies): (Plan, usize)) -> String {
    match plan {
        Plan::Start(job, Some(_)) if copies == 1 => {
            job.args.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
        }
        other @ (Plan::Answer(_) | Plan::Refuse(_) | Plan::Start(..) | Plan::Unsigned(_)) => {
            panic!("{other:?}, {copies} copies")
        }
    }
}

/// Why a run is refused, of whose text nothing is left.
fn fault((plan, copies): (Plan, usize)) -> SignatureFault {
    match plan {
        Plan::Unsigned(fault) if copies == 0 => fault,
        other @ (Plan::Answer(_) | Plan::Refuse(_) | Plan::Start(..) | Plan::Unsigned(_)) => {
            panic!("{other:?}, {copies} copies")
        }
    }
}

const FAULTS: [SignatureFault; 3] = [SignatureFault::Unsigned, SignatureFault::NoProvider, SignatureFault::Publisher];

// B-5.20, B-8.6: one that asks for a signature runs only with that of a trusted publisher, and its host looks once more; one that
// does not is never asked for it and runs under Bypass. What policy the device has is nothing to either.
#[test]
fn a_signature_is_asked_for_where_the_script_wants_it() {
    let policy = Err(SignatureFault::Restricted);
    for task in [Task::Script, Task::Discover] {
        let says = Says { signature: Ok(()), policy };
        assert_eq!(words(planned(&says, task, 2)), "-ExecutionPolicy AllSigned -File");
        for found in FAULTS {
            let says = Says { signature: Err(found), policy };
            assert_eq!(fault(planned(&says, task, 2)), found);
            assert_eq!(words(planned(&says, task, 1)), "-ExecutionPolicy Bypass -File");
        }
    }
}

const STEPS: [Task; 3] = [Task::Detect, Task::Remediate, Task::DetectAgain];

// B-6.20: with the check the policy of the device holds, for each script of a remediation; what it forbids is not started.
#[test]
fn a_remediation_with_the_check_runs_as_the_policy_of_the_device_says() {
    for task in STEPS {
        for policy in [DevicePolicy::RemoteSigned, DevicePolicy::Unrestricted, DevicePolicy::Bypass] {
            let says = Says { signature: Err(SignatureFault::Unsigned), policy: Ok(policy) };
            assert_eq!(words(planned(&says, task, 2)), "-File", "{policy:?}: nothing says another policy");
        }
        let says = Says { signature: Ok(()), policy: Ok(DevicePolicy::AllSigned) };
        assert_eq!(words(planned(&says, task, 2)), "-File");
        for found in FAULTS {
            let says = Says { signature: Err(found), policy: Ok(DevicePolicy::AllSigned) };
            assert_eq!(fault(planned(&says, task, 2)), found);
        }
        let says = Says { signature: Ok(()), policy: Ok(DevicePolicy::Restricted) };
        assert_eq!(fault(planned(&says, task, 2)), SignatureFault::Restricted, "a signature does not help");
        for found in [SignatureFault::NoProvider, SignatureFault::Policy(5)] {
            let says = Says { signature: Ok(()), policy: Err(found) };
            assert_eq!(fault(planned(&says, task, 2)), found, "nobody knows the policy");
        }
    }
}

// B-6.20: without it Bypass applies, whatever the device has.
#[test]
fn a_remediation_without_the_check_is_asked_for_nothing() {
    let says = Says { signature: Err(SignatureFault::Unsigned), policy: Ok(DevicePolicy::Restricted) };
    for task in STEPS {
        assert_eq!(words(planned(&says, task, 1)), "-ExecutionPolicy Bypass -File");
    }
}

// Texts of another kind have no policy that could ask for a signature, so that it is asked for here.
#[test]
fn a_remediation_that_is_no_powershell_needs_a_signature() {
    for policy in [DevicePolicy::Restricted, DevicePolicy::Bypass] {
        let says = Says { signature: Ok(()), policy: Ok(policy) };
        assert_eq!(words(planned(&says, Task::Detect, 3)), "");
        let says = Says { signature: Err(SignatureFault::Unsigned), policy: Ok(policy) };
        assert_eq!(fault(planned(&says, Task::Detect, 3)), SignatureFault::Unsigned);
    }
}
