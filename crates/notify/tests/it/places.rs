//! Where nothing is sent to.

use std::net::IpAddr;

use jingui_notify::place::{closed, host};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn the_machine_itself_is_closed_unless_a_setting_opens_it() {
    for own in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"] {
        assert!(closed(ip(own), false), "{own}");
        assert!(!closed(ip(own), true), "{own}");
    }
}

#[test]
fn services_about_the_machine_are_closed_whatever_is_set() {
    for about in [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "fe80::1",
        "fd00:ec2::254",
        "100.100.100.200",
        "0.0.0.0",
        "::",
        "0.1.2.3",
        "224.0.0.1",
        "255.255.255.255",
        "ff02::1",
    ] {
        assert!(closed(ip(about), true), "{about}");
        assert!(closed(ip(about), false), "{about}");
    }
}

/// A mail server or a portal of the company lies in its own network.
#[test]
fn the_companys_network_and_the_world_are_open() {
    for open in ["10.0.0.8", "192.168.1.25", "172.16.0.1", "203.119.24.1", "fd12::25", "2408::1"] {
        assert!(!closed(ip(open), false), "{open}");
    }
}

#[test]
fn an_address_has_a_host_and_neither_name_nor_password() {
    assert_eq!(host("https://oapi.dingtalk.com/robot/send?access_token=x"), Some("oapi.dingtalk.com"));
    assert_eq!(host("http://10.0.0.8:8080/hook"), Some("10.0.0.8:8080"));
    for none in ["", "ftp://a", "https://", "https://a@b/", "https://good\\@evil/", "https://a b/", "file:///etc/passwd", "https://甲/"] {
        assert_eq!(host(none), None, "{none}");
    }
}
