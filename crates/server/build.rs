//! Asks cargo to look at the console again when its built files change; the folder may be missing.

fn main() {
    println!("cargo:rerun-if-changed=../../web/dist");
}
