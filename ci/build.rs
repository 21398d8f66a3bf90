//! A new case file or profile makes the conformance test anew: `rstest` looks for them while it compiles.

fn main() {
    println!("cargo:rerun-if-changed=cases");
    println!("cargo:rerun-if-changed=ci/build.rs");
}
