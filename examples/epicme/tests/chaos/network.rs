//! A network of its own for one instance: one cable to nginx and the authorization server, one to Redis.

use std::process::{Command, Stdio};

/// A network namespace; removed with this.
pub(crate) struct Network {
    name: String,
    /// The end of the cable to nginx that this side has, and the one of the instance.
    pub(crate) ours: String,
    pub(crate) theirs: String,
    /// Where Redis is for the instance.
    pub(crate) redis: String,
    /// The interface to Redis.
    cable: String,
}

impl Network {
    /// Returns nothing where namespaces are not allowed.
    pub(crate) fn create() -> Option<Self> {
        let id = std::process::id();
        // Other runs have other addresses.
        let address = |cable: u32, end: u32| {
            let cable = id % 8192 * 2 + cable;
            format!("10.{}.{}.{end}", 192 + cable / 256, cable % 256)
        };
        let network = Self {
            name: format!("scopes-{id}"),
            cable: format!("sr{id}"),
            ours: address(0, 1),
            theirs: address(0, 2),
            redis: address(1, 1),
        };
        let (name, redis, web) = (&network.name, &network.cable, format!("sw{id}"));
        let is_made = ip(&format!("netns add {name}"))
            && connect(
                name,
                &web,
                &format!("tw{id}"),
                &network.ours,
                &network.theirs,
            )
            && connect(
                name,
                redis,
                &format!("tr{id}"),
                &network.redis,
                &address(1, 2),
            )
            && ip(&format!("-n {name} link set lo up"));
        is_made.then_some(network)
    }

    /// A program in the network.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }

    /// Pulls the cable to Redis, or puts it back. Connections go on if it is back in time.
    pub(crate) fn set_cut_off(&self, is_cut_off: bool) {
        let state = if is_cut_off { "down" } else { "up" };
        assert!(ip(&format!("link set {} {state}", self.cable)));
    }
}

/// Puts a cable between this network and that of the name.
fn connect(name: &str, ours: &str, theirs: &str, address: &str, other: &str) -> bool {
    ip(&format!(
        "link add {ours} type veth peer name {theirs} netns {name}"
    )) && ip(&format!("addr add {address}/24 dev {ours}"))
        && ip(&format!("link set {ours} up"))
        && ip(&format!("-n {name} addr add {other}/24 dev {theirs}"))
        && ip(&format!("-n {name} link set {theirs} up"))
}

fn ip(arguments: &str) -> bool {
    let arguments = arguments.split(' ');
    let status = Command::new("ip")
        .args(arguments)
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

impl Drop for Network {
    fn drop(&mut self) {
        // The cables end with it.
        ip(&format!("netns del {}", self.name));
    }
}
