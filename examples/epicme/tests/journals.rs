//! One journal file, opened by several instances.

use std::sync::Barrier;
use std::thread;

use epicme::journal::Journal;

#[test]
fn instances_that_start_together_make_the_tables_once() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("journal");
        let barrier = Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    barrier.wait();
                    Journal::open(Some(&file)).expect("the journal opens");
                });
            }
        });
    }
}
