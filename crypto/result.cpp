#include "crypto/result.h"

#include <array>
#include <cstddef>
#include <stdexcept>

namespace linli {
namespace {

// The name on the wire is the enumerator's own name; result_test.cpp pins each one.
#define LINLI_ROW(code, http, exit, zh, en) \
  ErrcInfo { Errc::code, #code, http, exit, zh, en }
constexpr std::array kTable{
    LINLI_ROW(bad_usage, 400, 2, "用法不对，请查看帮助后重试。",
              "The call is wrong: see the help and try again."),
    LINLI_ROW(bad_input, 400, 1, "输入无法解析，请检查格式后重新提交。",
              "The input can't be parsed: check its format and submit it again."),
    LINLI_ROW(bad_utf8, 400, 1, "文本不是 UTF-8 编码，请转换编码后重新提交。",
              "The text isn't UTF-8: convert it and submit it again."),
    LINLI_ROW(unknown_type, 404, 1, "没有这种记录类型，请对照类型清单改正名称。",
              "There is no such record type: look its name up in the schema."),
    LINLI_ROW(unknown_field, 422, 1, "该类型没有这个字段，请对照字段清单改正或删去。",
              "The type has no such field: look it up in the schema, or leave it out."),
    LINLI_ROW(missing_field, 422, 1, "缺少必填字段，请补填后重新提交。",
              "A required field is missing: fill it in and submit again."),
    LINLI_ROW(bad_value, 422, 1, "字段的值不符合要求，请改正类型、单位或范围。",
              "A value isn't allowed here: correct its type, unit or range."),
    LINLI_ROW(bad_rule, 422, 1, "记录不符合该类型的规则，请核对合计与日期。",
              "The record breaks a rule of its type: check its sums and dates."),
    LINLI_ROW(bad_move, 409, 1, "当前状态不能变为所要求的状态，请刷新后再办理。",
              "The state can't be reached from the current one: refresh and decide again."),
    LINLI_ROW(frozen, 409, 1, "该记录已定稿（已公示、已审结等），内容不能再改，请另立新版取代。",
              "Its state has closed this record: make a new one that supersedes it."),
    LINLI_ROW(dangling_reference, 422, 1, "所引用的记录在本机不存在，请先录入或同步它。",
              "It names a record that isn't here: enter that one first, or sync."),
    LINLI_ROW(duplicate_key, 409, 1, "已有相同编号的记录，请修改已有的那一条。",
              "A record with this key exists already: edit that one instead."),
    LINLI_ROW(forbidden, 403, 1, "不允许这样做；属于权限的，请联系管理员授权。",
              "This isn't allowed: where a right is missing, ask an administrator for it."),
    LINLI_ROW(too_large, 413, 1, "内容超过大小上限，请拆分或压缩后重试。",
              "It is over the size limit: split or shrink it and try again."),
    LINLI_ROW(not_found, 404, 1, "没有找到所请求的内容，请核对编号或名称。",
              "There is nothing by that name: check the id or name."),
    LINLI_ROW(stale, 412, 1, "该记录已被他人修改，请刷新后再改。",
              "The record was changed meanwhile: refresh it and make your change again."),
    LINLI_ROW(unauthorised, 401, 1, "尚未证明身份，请登录或先办理接入。",
              "You haven't proven who you are: sign in, or enrol this node first."),
    LINLI_ROW(slow_down, 429, 1, "系统正忙，请稍后重试。",
              "Too busy now: try again after a while."),
    LINLI_ROW(quota, 507, 1, "附件空间已用完，请清理附件或调高限额。",
              "The room for attachments is used up: remove some, or raise the quota."),
    LINLI_ROW(malformed, 400, 1, "收到的数据格式不符合规定，请升级对方软件后重新发送。",
              "The data isn't in the agreed form: update the sender and send it again."),
    LINLI_ROW(other_city, 403, 1, "数据属于其他城市，请核对所连接的上级节点。",
              "It was signed for another city: check which upstream you are connected to."),
    LINLI_ROW(bad_signature, 403, 1, "签名不符，数据可能被篡改；请从来源处重新获取并报告。",
              "The signature doesn't fit, so it was altered or forged: fetch it again from its "
              "source, and report it."),
    LINLI_ROW(
        stranger, 403, 1,
        "对方不是可与本机同步的节点，或证书不是本市签发的；请核对上级地址与接入。",
        "It isn't a node to sync with, or its certificate isn't this city's: check the upstream's "
        "address, and the enrolment."),
    LINLI_ROW(unknown_certificate, 409, 1, "所用证书尚未到达，数据暂存等待；请再同步一次。",
              "Its certificate isn't here yet, so it waits: sync once more."),
    LINLI_ROW(out_of_scope, 403, 1, "证书不包括该范围，请申请增加范围。",
              "The certificate doesn't cover this scope: ask the issuer to add it."),
    LINLI_ROW(expired, 403, 1, "证书已过期，请续签；此前的数据可申请批准恢复。",
              "The certificate had expired: renew it, and ask for approval of what is held back."),
    LINLI_ROW(revoked, 403, 1, "证书已被吊销，请联系签发单位。",
              "The certificate was revoked: contact the office that issued it."),
    LINLI_ROW(replay, 409, 1, "这份数据早已收到，无需再做任何事。",
              "It is held here already: nothing is left to do."),
    LINLI_ROW(gap, 409, 1, "之前的编号还未到达，数据暂存等待；请把缺少的部分一并发送。",
              "Numbers before it are missing, so it waits: send those as well."),
    LINLI_ROW(fork, 409, 1, "同一编号出现了两份不同的数据，两份都已保留，请联系上级核查。",
              "Another change set has this number; both are kept: ask the hub to look into it."),
    LINLI_ROW(no_fork, 422, 1, "这份文件不能证明同一编号签过两份不同的数据，请核对来源。",
              "It doesn't show two change sets under one number: check where it came from."),
    LINLI_ROW(unknown_policy, 409, 1, "所依据的权限策略尚未到达，数据暂存等待；请再同步一次。",
              "Its write policy isn't here yet, so it waits: sync once more."),
    LINLI_ROW(unknown_critical, 422, 1, "数据使用了本版本不认识的要求，暂存等待；请升级本软件。",
              "It needs something that this version doesn't know, so it waits: upgrade Linli."),
    LINLI_ROW(clock_ahead, 422, 1, "时间戳比当前时间超前太多，请校准设备时钟。",
              "Its time is too far in the future: set the device's clock right."),
    LINLI_ROW(held, 409, 1, "上级暂缓采信，待批准后生效；数据没有丢失。",
              "The hub holds it back until somebody approves it; nothing is lost."),
    LINLI_ROW(cloned, 409, 1, "另有一台机器在用同一密钥，已停止同步；请重新办理其中一台的接入。",
              "Another machine uses the same key, so syncing stopped: enrol one of them anew."),
    LINLI_ROW(bad_cursor, 409, 1, "读取位置不是本节点给出的，将从头读取。",
              "This node never gave that reading position: reading starts from the beginning."),
    LINLI_ROW(
        wrong_key, 403, 1, "对方的密钥与其证书不符，未发送任何数据；请核对地址，并联系上级核查。",
        "Another key answers there than its certificate names, and nothing was sent: check the "
        "address, and ask the hub."),
    LINLI_ROW(wrong_recipient, 403, 1, "该数据包是封给其他节点的，请交给收件节点导入。",
              "The bundle is sealed to another node: import it there."),
    LINLI_ROW(truncated, 400, 1, "文件不完整，请重新复制后再导入。",
              "The file ends too early: copy it again, then import it."),
    LINLI_ROW(altered, 400, 1, "内容与校验值不符，可能已损坏或被改动；请重新获取。",
              "The content isn't what its hash or seal says: fetch it again."),
    LINLI_ROW(not_a_data_dir, 500, 1, "该目录不是邻里的数据目录，请检查 --data 或先初始化。",
              "The folder holds no Linli data: check --data, or run linli init or linli join."),
    LINLI_ROW(data_dir_in_use, 503, 1, "数据目录正被另一个进程使用，请先停止它。",
              "Another process has the data folder open: stop it first."),
    LINLI_ROW(newer_version, 500, 1, "数据由更新版本的邻里写入，请先升级本软件。",
              "The data was written by a newer Linli: upgrade this one first."),
    LINLI_ROW(port_in_use, 503, 1, "监听地址已被占用，请换一个端口或停止占用它的程序。",
              "Something listens there already: choose another port, or stop it."),
    LINLI_ROW(disk_full, 507, 1, "磁盘已满，未作任何改动；请清理空间后重试。",
              "The disk is full and nothing was changed: free some room and try again."),
    LINLI_ROW(io, 500, 1, "读写失败，请检查磁盘、路径与权限。",
              "Reading or writing failed: check the disk, the path and its permissions."),
    LINLI_ROW(corrupt, 500, 1, "存储的数据已损坏，请运行 linli verify 并从备份恢复。",
              "What is stored isn't what was stored: run linli verify, and restore a backup."),
    LINLI_ROW(unreachable, 503, 1, "现在连不上对方，数据仍在本机；请检查网络后重试。",
              "The peer can't be reached now, and your data is still here: check the network and "
              "try again."),
    LINLI_ROW(internal, 500, 1, "程序内部出错，请查看日志并报告。",
              "A fault of ours: look at the log, and report it."),
};
#undef LINLI_ROW

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i)
    if (static_cast<std::size_t>(kTable[i].code) != i) return false;
  return kTable.size() == static_cast<std::size_t>(Errc::internal) + 1;
}
static_assert(in_order(), "one row for each Errc, in the order of the enum");

}  // namespace

std::span<const ErrcInfo> errc_table() { return kTable; }

const ErrcInfo& info(Errc code) {
  const auto row = static_cast<std::size_t>(code);
  ensure(row < kTable.size(), "info: no such Errc");
  return kTable[row];
}

std::string describe(const Error& error) {
  const ErrcInfo& row = info(error.code);
  std::string line{row.name};
  line += ": ";
  line += error.detail.empty() ? row.en : std::string_view{error.detail};
  // A detail may quote what a peer sent: it must neither forge a log line nor steer a terminal.
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return line;
}

void ensure(bool condition, std::string_view what) {
  if (!condition) throw std::logic_error("broken promise: " + std::string(what));
}

}  // namespace linli
