//! The documented forms of each platform, and what never gets out.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that meets what it does not expect has failed")]

mod forms;
mod places;

use jingui_notify::{Hook, Letter, Line, Way};

fn letter(lines: usize) -> Letter {
    let line = |n: usize| Line {
        text: format!("BM-2026-{n:03} 审批密级变更（2026-12-01 到期）"),
        link: Some(format!("https://jingui.example/r/grade_change/{n}")),
    };
    Letter {
        id: "m-1".to_owned(),
        subject: "金匮：有工作等您办理".to_owned(),
        lines: (1..=lines).map(line).collect(),
        more: "另有 {count} 项".to_owned(),
        footer: "请登录后查看，勿回复本消息".to_owned(),
        to: "13800000000".to_owned(),
        person: "李工".to_owned(),
    }
}

fn hook(way: Way, secret: bool) -> Hook {
    let url = match way {
        Way::DingTalk => "https://oapi.dingtalk.com/robot/send?access_token=T0KEN",
        Way::WeCom => "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=T0KEN",
        Way::Feishu => "https://open.feishu.cn/open-apis/bot/v2/hook/T0KEN",
        Way::Own => "https://portal.example/hook",
    };
    Hook { way, url: url.to_owned(), secret: secret.then(|| "SECexample".to_owned()) }
}
