/* Words as data. A new entry goes where strcmp puts it: a test holds the order. A change of the legal forms
 * changes stored name keys and raises TEXT_NORMALISER_VERSION. */
#include "text_tables.h"

#include <stdlib.h>
#include <string.h>

/* The formatter would set one word per line. */
/* clang-format off */

/* Legal forms of companies, from the registers of the OECD's and their neighbours' countries. */
static const char *const legal_form_words[] = {
    "ab", "ag", "aktiebolag", "aktiengesellschaft", "aps", "as", "asa", "bhd", "bv", "bvba", "co",
    "company", "corp", "corporation", "dd", "dmcc", "doo", "dooel", "ead", "ebvba", "eg", "eireli",
    "ek", "eood", "epe", "eurl", "ev", "fzc", "fzco", "fze", "fzllc", "gbr", "gesmbh", "gmbh", "ike",
    "inc", "incorporated", "jsc", "kft", "kg", "kgaa", "kk", "ks", "lda", "limitada", "limited", "llc",
    "lllp", "llp", "lp", "ltd", "ltda", "mbh", "nv", "nyrt", "oao", "ohg", "ojsc", "ood", "ooo", "ou",
    "oy", "oyj", "oü", "pao", "pjsc", "plc", "pllc", "private", "psc", "pt", "pte", "pty", "pvt",
    "pvtltd", "sa", "sab", "sac", "sae", "saic", "sal", "sapi", "sarl", "sas", "sasu", "sc", "sca",
    "sdn", "sdnbhd", "se", "sia", "sl", "slu", "snc", "spa", "spj", "spk", "spzoo", "srl", "sro", "tbk",
    "tov", "uab", "ug", "vof", "wll", "yk", "zao", "zrt", "αε", "επε", "ао", "зао", "оао", "ооо", "пао",
    "тов", "有限会社", "有限公司", "株式会社"};

/* Mail providers that anybody may have an address with, the throw-away ones included. */
static const char *const free_mail_words[] = {
    "10minutemail.com", "126.com", "139.com", "163.com", "189.cn", "21cn.com", "abv.bg", "aim.com",
    "alice.it", "aliyun.com", "aol.co.uk", "aol.com", "aol.de", "aol.fr", "aon.at", "arcor.de",
    "att.net", "azet.sk", "bbox.fr", "bellsouth.net", "bigpond.com", "bigpond.net.au", "bk.ru",
    "bluewin.ch", "blueyonder.co.uk", "bol.com.br", "bredband.net", "btinternet.com", "btopenworld.com",
    "caramail.com", "centrum.cz", "centrum.sk", "centurylink.net", "charter.net", "chello.at",
    "citromail.hu", "clix.pt", "club-internet.fr", "comcast.net", "cox.net", "daum.net",
    "dispostable.com", "disroot.org", "docomo.ne.jp", "earthlink.net", "email.com", "email.cz",
    "email.de", "email.it", "excite.com", "ezweb.ne.jp", "fastmail.com", "fastmail.fm", "foxmail.com",
    "free.fr", "freemail.hu", "freenet.de", "gazeta.pl", "getnada.com", "globomail.com", "gmail.com",
    "gmx.at", "gmx.ch", "gmx.co.uk", "gmx.com", "gmx.de", "gmx.es", "gmx.eu", "gmx.fr", "gmx.info",
    "gmx.net", "gmx.org", "gmx.us", "googlemail.com", "guerrillamail.com", "hanmail.net", "hetnet.nl",
    "hey.com", "hispeed.ch", "home.nl", "hotmail.be", "hotmail.ca", "hotmail.co.jp", "hotmail.co.uk",
    "hotmail.com", "hotmail.com.au", "hotmail.com.br", "hotmail.de", "hotmail.es", "hotmail.fr",
    "hotmail.it", "hotmail.nl", "hotmail.se", "hushmail.com", "i.ua", "icloud.com", "ig.com.br",
    "iinet.net.au", "inbox.com", "inbox.lv", "inbox.ru", "indamail.hu", "indiatimes.com", "interia.pl",
    "internet.ru", "inwind.it", "iol.it", "juno.com", "kabelmail.de", "kpnmail.nl", "laposte.net",
    "libero.it", "list.ru", "live.be", "live.ca", "live.co.uk", "live.com", "live.com.au", "live.de",
    "live.dk", "live.fr", "live.it", "live.nl", "live.no", "live.se", "luukku.com", "lycos.com",
    "mac.com", "mail.com", "mail.de", "mail.ee", "mail.ru", "mailbox.org", "maildrop.cc",
    "mailfence.com", "mailinator.com", "me.com", "meta.ua", "msn.com", "mweb.co.za", "myyahoo.com",
    "nate.com", "naver.com", "netzero.net", "neuf.fr", "nifty.com", "ntlworld.com", "numericable.fr",
    "o2.pl", "onet.pl", "online.de", "online.no", "op.pl", "optonline.net", "optusnet.com.au",
    "orange.fr", "outlook.co.id", "outlook.com", "outlook.de", "outlook.es", "outlook.fr", "outlook.it",
    "outlook.jp", "passport.com", "planet.nl", "pm.me", "poczta.fm", "post.cz", "posteo.de",
    "posteo.net", "proton.me", "protonmail.ch", "protonmail.com", "qq.com", "rambler.ru", "rediff.com",
    "rediffmail.com", "riseup.net", "roadrunner.com", "rocketmail.com", "runbox.com", "sapo.pt",
    "sbcglobal.net", "seznam.cz", "sfr.fr", "sharklasers.com", "shaw.ca", "sify.com", "sina.cn",
    "sina.com", "skynet.be", "softbank.ne.jp", "sohu.com", "spray.se", "startmail.com", "sunrise.ch",
    "suomi24.fi", "sympatico.ca", "t-online.de", "talktalk.net", "telefonica.net", "telenet.be",
    "telus.net", "temp-mail.org", "terra.com.br", "terra.es", "tin.it", "tiscali.co.uk", "tiscali.it",
    "tlen.pl", "tom.com", "trashmail.com", "tut.by", "tuta.com", "tuta.io", "tutamail.com",
    "tutanota.com", "tutanota.de", "ukr.net", "uol.com.br", "usa.com", "usa.net", "verizon.net",
    "videotron.ca", "virgilio.it", "virginmedia.com", "vodafone.de", "volny.cz", "walla.co.il",
    "walla.com", "wanadoo.fr", "web.de", "webmail.co.za", "windstream.net", "wp.pl", "xs4all.nl",
    "xtra.co.nz", "ya.ru", "yahoo.ca", "yahoo.co.id", "yahoo.co.in", "yahoo.co.jp", "yahoo.co.kr",
    "yahoo.co.uk", "yahoo.com", "yahoo.com.ar", "yahoo.com.au", "yahoo.com.br", "yahoo.com.cn",
    "yahoo.com.hk", "yahoo.com.mx", "yahoo.com.ph", "yahoo.com.sg", "yahoo.com.tw", "yahoo.com.vn",
    "yahoo.de", "yahoo.dk", "yahoo.es", "yahoo.fr", "yahoo.gr", "yahoo.ie", "yahoo.in", "yahoo.it",
    "yahoo.no", "yahoo.pl", "yahoo.ro", "yahoo.se", "yandex.com", "yandex.ru", "yeah.net", "ymail.com",
    "yopmail.com", "ziggo.nl", "zipmail.com.br", "zohomail.com", "zohomail.eu", "zoznam.sk"};

/* What people type into a field that they were made to fill in. */
static const char *const placeholder_words[] = {
    "123", "1234", "12345", "123456", "abc", "abcd", "asd", "asdf", "asdfasdf", "asdfgh", "asdfghjkl",
    "aucun", "aucune", "bla", "blabla", "blah", "blahblah", "blank", "comingsoon", "dontknow", "dummy",
    "dummytext", "empty", "filler", "fillin", "fillme", "fixme", "foo", "foobar", "idk", "inconnu",
    "inprogress", "ka", "keine", "keineangabe", "later", "lorem", "loremipsum", "na", "nichts", "nil",
    "ninguno", "no", "nodata", "noidea", "noinfo", "none", "nonespecified", "noneyet", "notapplicable",
    "notavailable", "notdefined", "notdetermined", "nothing", "notknown", "notset", "notspecified",
    "notsure", "notyet", "notyetknown", "null", "nv", "offen", "pending", "placeholder", "pordefinir",
    "qwe", "qwerty", "sample", "sometext", "spaeter", "stub", "tba", "tbc", "tbd", "temp", "temporary",
    "test", "test1", "test123", "test2", "testing", "testtest", "testtext", "text", "tmp", "tobeadded",
    "tobeadvised", "tobeagreed", "tobeannounced", "tobecompleted", "tobeconfirmed", "tobedecided",
    "tobedefined", "tobedetermined", "tobefilled", "tobefilledin", "todo", "unbekannt", "undecided",
    "undefined", "unknown", "unspecified", "untitled", "wip", "wirdnachgereicht", "xyz",
    "yettobedecided", "yettobedetermined"};

/* clang-format on */

#define TABLE(words)                                                                                         \
    { (words), sizeof(words) / sizeof *(words) }

const struct word_table legal_forms = TABLE(legal_form_words);
const struct word_table free_mail_domains = TABLE(free_mail_words);
const struct word_table placeholders = TABLE(placeholder_words);

static int compare_word(const void *word, const void *entry) {
    return strcmp(word, *(const char *const *)entry);
}

bool word_table_has(const struct word_table *table, const char *word) {
    return bsearch(word, table->words, table->count, sizeof *table->words, compare_word) != NULL;
}
