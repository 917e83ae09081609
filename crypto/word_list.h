// crypto/word_list.h: the words that fingerprints are read out in. Frozen: two versions of Linli
// must say the same.
//
// No two words begin with one character. No two can be taken for each other when they are spoken,
// tones left aside and zh/z, ch/c, sh/s, n/l, r/l, hu/f, -ng/-n held for one sound, as many people
// in Henan and elsewhere do; nor do two English ones differ by one letter. words_test.cpp checks
// it.
#pragma once

#include <array>
#include <string_view>

namespace linli::crypto {

struct Word {
  std::string_view zh, en;
};

inline constexpr std::array<Word, 256> kWords{{
    // clang-format off
    {"苹果", "apple"}, {"香蕉", "banana"}, {"西瓜", "watermelon"}, {"葡萄", "grape"},
    {"草莓", "strawberry"}, {"樱桃", "cherry"}, {"柠檬", "lemon"}, {"菠萝", "pineapple"},
    {"核桃", "walnut"}, {"花生", "peanut"}, {"土豆", "potato"}, {"番茄", "tomato"},
    {"黄瓜", "cucumber"}, {"萝卜", "radish"}, {"白菜", "cabbage"}, {"蘑菇", "mushroom"},
    {"辣椒", "pepper"}, {"大蒜", "garlic"}, {"生姜", "ginger"}, {"玉米", "corn"},
    {"小麦", "wheat"}, {"高粱", "sorghum"}, {"豆腐", "tofu"}, {"面条", "noodle"},
    {"馒头", "bun"}, {"饺子", "dumpling"}, {"鸡蛋", "egg"}, {"牛奶", "milk"},
    {"蜂蜜", "honey"}, {"酱油", "sauce"}, {"绿茶", "tea"}, {"咖啡", "coffee"},
    {"蛋糕", "cake"}, {"饼干", "biscuit"}, {"糖果", "candy"}, {"老虎", "tiger"},
    {"狮子", "lion"}, {"猴子", "monkey"}, {"熊猫", "panda"}, {"兔子", "rabbit"},
    {"松鼠", "squirrel"}, {"狐狸", "fox"}, {"骆驼", "camel"}, {"斑马", "zebra"},
    {"绵羊", "sheep"}, {"水牛", "buffalo"}, {"公鸡", "rooster"}, {"鸭子", "duck"},
    {"天鹅", "swan"}, {"孔雀", "peacock"}, {"喜鹊", "magpie"}, {"鹦鹉", "parrot"},
    {"企鹅", "penguin"}, {"海豚", "dolphin"}, {"鲸鱼", "whale"}, {"乌龟", "turtle"},
    {"青蛙", "frog"}, {"螃蟹", "crab"}, {"龙虾", "lobster"}, {"章鱼", "octopus"},
    {"蝴蝶", "butterfly"}, {"蜻蜓", "dragonfly"}, {"蚂蚁", "ant"}, {"蜜蜂", "bee"},
    {"蜘蛛", "spider"}, {"蜗牛", "snail"}, {"鳄鱼", "crocodile"}, {"袋鼠", "kangaroo"},
    {"刺猬", "hedgehog"}, {"猎狗", "hound"}, {"太阳", "sunshine"}, {"月亮", "moon"},
    {"星星", "star"}, {"彩虹", "rainbow"}, {"闪电", "lightning"}, {"雪花", "snow"},
    {"冰雹", "hail"}, {"台风", "typhoon"}, {"地震", "earthquake"}, {"沙漠", "desert"},
    {"森林", "forest"}, {"河流", "river"}, {"湖泊", "lagoon"}, {"岛屿", "island"},
    {"瀑布", "waterfall"}, {"火山", "volcano"}, {"春天", "spring"}, {"冬天", "winter"},
    {"早晨", "morning"}, {"半夜", "midnight"}, {"玫瑰", "rose"}, {"荷花", "lotus"},
    {"菊花", "chrysanthemum"}, {"牡丹", "peony"}, {"兰草", "orchid"}, {"柳树", "willow"},
    {"梧桐", "sycamore"}, {"枫叶", "maple"}, {"种子", "seed"}, {"树根", "root"},
    {"桌子", "table"}, {"窗户", "window"}, {"楼梯", "stairs"}, {"电梯", "lift"},
    {"阳台", "balcony"}, {"厨房", "kitchen"}, {"屋顶", "rooftop"}, {"墙壁", "wall"},
    {"钥匙", "key"}, {"铁锁", "padlock"}, {"镜子", "mirror"}, {"毛巾", "towel"},
    {"肥皂", "soap"}, {"牙刷", "toothbrush"}, {"剪刀", "scissors"}, {"锤子", "hammer"},
    {"锯条", "saw"}, {"斧头", "axe"}, {"螺丝", "screw"}, {"绳索", "lasso"},
    {"梯田", "terrace"}, {"扫帚", "broom"}, {"雨伞", "umbrella"}, {"手套", "glove"},
    {"围巾", "scarf"}, {"皮鞋", "shoe"}, {"衬衫", "shirt"}, {"外套", "coat"},
    {"纽扣", "button"}, {"口袋", "pocket"}, {"眼镜", "spectacles"}, {"项链", "necklace"},
    {"丝绸", "satin"}, {"羊毛", "wool"}, {"枕头", "cushion"}, {"蚊帐", "mosquito"},
    {"茶杯", "cup"}, {"饭碗", "bowl"}, {"菜刀", "knife"}, {"暖瓶", "thermos"},
    {"雷达", "radar"}, {"灯笼", "lantern"}, {"鞭炮", "firecracker"}, {"风筝", "kite"},
    {"气球", "balloon"}, {"玩具", "toy"}, {"足球", "football"}, {"篮球", "basketball"},
    {"乒乓", "paddle"}, {"象棋", "chess"}, {"扑克", "poker"}, {"钢琴", "piano"},
    {"吉他", "guitar"}, {"二胡", "violin"}, {"锣鼓", "drum"}, {"喇叭", "trumpet"},
    {"报纸", "newspaper"}, {"词典", "dictionary"}, {"日历", "calendar"},
    {"信封", "envelope"}, {"邮票", "stamp"}, {"墨水", "ink"}, {"书包", "schoolbag"},
    {"黑板", "blackboard"}, {"算盘", "abacus"}, {"键盘", "keyboard"}, {"屏幕", "screen"},
    {"插座", "outlet"}, {"空调", "conditioner"}, {"飞机", "airplane"}, {"轮船", "ship"},
    {"摩托", "motorcycle"}, {"卡车", "truck"}, {"坦克", "tank"}, {"桥梁", "bridge"},
    {"隧道", "tunnel"}, {"车站", "station"}, {"马路", "road"}, {"红灯", "signal"},
    {"工厂", "factory"}, {"学校", "school"}, {"医院", "hospital"}, {"银行", "treasury"},
    {"广场", "square"}, {"寺庙", "temple"}, {"宝塔", "pagoda"}, {"城墙", "rampart"},
    {"故宫", "palace"}, {"村庄", "village"}, {"果园", "orchard"}, {"磨坊", "windmill"},
    {"仓库", "warehouse"}, {"警察", "police"}, {"士兵", "soldier"}, {"农民", "farmer"},
    {"木匠", "carpenter"}, {"演员", "actor"}, {"记者", "reporter"}, {"法官", "judge"},
    {"邻居", "neighbour"}, {"爷爷", "grandfather"}, {"奶奶", "grandmother"},
    {"哥哥", "brother"}, {"妹妹", "sister"}, {"皇帝", "emperor"}, {"眉毛", "eyebrow"},
    {"嘴巴", "mouth"}, {"耳朵", "ear"}, {"膝盖", "knee"}, {"心脏", "heart"},
    {"煤炭", "charcoal"}, {"玻璃", "glass"}, {"塑料", "plastic"}, {"钻石", "diamond"},
    {"珍珠", "pearl"}, {"翡翠", "jade"}, {"钞票", "banknote"}, {"音乐", "music"},
    {"舞蹈", "dance"}, {"诗歌", "poem"}, {"谜语", "puzzle"}, {"昆虫", "insect"},
    {"礼物", "present"}, {"奖杯", "trophy"}, {"武术", "kungfu"}, {"体操", "gymnastics"},
    {"游泳", "swim"}, {"滑冰", "skate"}, {"爬山", "climb"}, {"蓝色", "blue"},
    {"紫色", "purple"}, {"圆圈", "circle"}, {"方块", "cube"}, {"三角", "triangle"},
    {"东方", "east"}, {"消防", "firefighter"}, {"帆布", "canvas"}, {"雕像", "statue"},
    {"喷泉", "fountain"}, {"箱包", "suitcase"}, {"陶瓷", "porcelain"}, {"茅草", "thatch"},
    {"芝麻", "sesame"}, {"榴莲", "durian"}, {"芹菜", "celery"}, {"洋葱", "onion"},
    {"蚯蚓", "earthworm"}, {"麻雀", "sparrow"}, {"鸵鸟", "ostrich"}, {"犀牛", "rhinoceros"},
    {"恐龙", "dinosaur"}, {"鹌鹑", "quail"}, {"蝙蝠", "bat"}, {"珊瑚", "coral"},
    {"贝壳", "shell"}, {"峡谷", "canyon"},
    // clang-format on
}};

}  // namespace linli::crypto
