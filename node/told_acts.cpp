#include "node/told_acts.h"

#include <array>

namespace linli::node {
namespace {

struct Row {
  std::string_view act, zh, en;
};

constexpr std::array kRows{
    // Who was here.
    Row{"login", "登录", "logged in"},
    Row{"login refused", "登录被拒", "login refused"},
    Row{"logout", "退出", "logged out"},
    Row{"password", "修改密码", "changed the password"},
    Row{"password refused", "修改密码被拒", "change of password refused"},
    Row{"account", "管理账号", "administered an account"},
    // Who read personal values, or destroyed them.
    Row{"read", "查看", "read"},
    Row{"history", "查看历次改动", "read the history"},
    Row{"export", "导出", "exported"},
    Row{"conflict", "查看或处理冲突", "looked at a conflict"},
    Row{"attachment", "打开附件", "opened an attachment"},
    Row{"person", "查找个人信息", "looked for a person"},
    Row{"prove", "出具含个人信息的证明", "made a proof with personal values"},
    Row{"count_votes", "计票", "counted votes"},
    Row{"erase", "清除个人信息", "erased personal values"},
    // Nodes and their keys.
    Row{"invite", "发出邀请", "gave out an invite"},
    Row{"withdraw", "撤回邀请", "withdrew an invite"},
    Row{"admit", "准予接入", "admitted a node"},
    Row{"refuse", "拒绝接入", "refused a node"},
    Row{"scopes", "调整节点范围", "changed where a node works"},
    Row{"renew", "续签证书", "renewed a certificate"},
    Row{"revoke", "吊销密钥", "ended a key"},
    Row{"rotate", "更换密钥", "changed the key"},
    Row{"passphrase", "设置密钥口令", "changed a key's passphrase"},
    Row{"export-root", "导出市根密钥", "took out the root key"},
    Row{"tls", "设置网页证书", "set up certificates for browsers"},
    // Data that waits, leaves or goes.
    Row{"approve", "批准暂缓数据", "approved what was held back"},
    Row{"appeal", "申请采信", "appealed"},
    Row{"appeal read", "查看申请", "read an appeal"},
    Row{"acknowledge_history", "确认历史不一致", "acknowledged a contradiction of the history"},
    Row{"bundle", "导出或导入数据包", "exported or imported a bundle"},
    Row{"backup", "备份", "made a backup"},
    Row{"restore", "恢复备份", "restored a backup"},
    Row{"prune", "精简旧日志", "let go of old log entries"},
};

}  // namespace

ActLabel told_act(std::string_view act) {
  for (const auto& row : kRows) {
    if (row.act == act) return {std::string(row.zh), std::string(row.en)};
  }
  return {std::string(act), std::string(act)};
}

}  // namespace linli::node
