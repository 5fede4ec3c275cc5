//! A server that tonic generated without its package: no call of it would find its policy.

use tonic::server::NamedService;

struct Server;

impl NamedService for Server {
    const NAME: &'static str = "PriceService";
}

const _: () = ::meshauth_runtime::codegen::assert_served_as::<Server>(
    "meshtrade.market_data.price.v1.PriceService",
);

fn main() {}
