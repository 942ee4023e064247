//! `check_consul_service`: how many instances of a service does Consul hold healthy, and can it be believed?

fn main() {
    common::run(&check_consul_service::CATALOGUE, check_consul_service::check)
}
