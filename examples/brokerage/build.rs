//! Generates the messages, tonic's clients and servers, and the guards. It needs no protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    protoc_gen_meshauth::configure().include_file("mod.rs").compile_protos(
        &[
            "brokerage/iam/directory/v1/directory.proto",
            "brokerage/wallet/account/v1/account.proto",
            "brokerage/trading/limit_order/v1/limit_order.proto",
        ],
        &["proto"],
    )?;
    Ok(())
}
