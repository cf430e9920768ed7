/* Phrase: 24 words are what BIP 39 says, and a slip in them is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/bytes.h"
#include "base/wordlist.h"
#include "store/phrase.h"

/* From the test vectors of BIP 39 (trezor/python-mnemonic, vectors.json, english): entropy, words. */
static const struct {
    const char *entropy, *words;
} VECTORS[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
     "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
     "abandon art"},
    {"7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
     "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth "
     "useful legal winner thank year wave sausage worth title"},
    {"8080808080808080808080808080808080808080808080808080808080808080",
     "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount "
     "doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless"},
    {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo "
     "vote"},
    {"68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c",
     "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy "
     "gospel tennis maple dilemma loan word shrug inflict delay length"},
    {"9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863",
     "panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol "
     "speed "
     "nation flash devote level hobby quick inner drive ghost inside"},
    {"066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad",
     "all hour make first leader extend hole alien behind guard gospel lava path output census "
     "museum junior mass reopen famous sing advance salt reform"},
    {"f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
     "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing "
     "screen patrol group space point ten exist slush involve unfold"},
};

static void the_words_of_the_standard(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof VECTORS / sizeof *VECTORS; i++) {
        uint8_t secret[PHRASE_SECRET], back[PHRASE_SECRET];
        char words[PHRASE_ROOM];
        struct phrase_told told;
        assert_true(hex_read(secret, sizeof secret, VECTORS[i].entropy));
        phrase_write(secret, words);
        assert_string_equal(words, VECTORS[i].words);
        assert_int_equal(phrase_read(words, back, &told), PHRASE_GOOD);
        assert_memory_equal(back, secret, sizeof back);
    }
}

static void any_secret_comes_back(void **state)
{
    (void)state;
    uint8_t secret[PHRASE_SECRET], back[PHRASE_SECRET], seed[randombytes_SEEDBYTES] = {1};
    for (unsigned i = 0; i < 200; i++) {
        char words[PHRASE_ROOM];
        struct phrase_told told;
        seed[1] = (uint8_t)i;
        randombytes_buf_deterministic(secret, sizeof secret, seed);
        phrase_write(secret, words);
        assert_int_equal(phrase_read(words, back, &told), PHRASE_GOOD);
        assert_memory_equal(back, secret, sizeof back);
    }
}

static enum phrase_fault read_again(const char *words, struct phrase_told *told)
{
    static const uint8_t zeros[PHRASE_SECRET];
    uint8_t secret[PHRASE_SECRET];
    memset(secret, 1, sizeof secret);
    enum phrase_fault fault = phrase_read(words, secret, told);
    if (fault != PHRASE_GOOD)
        assert_memory_equal(secret, zeros, sizeof secret);
    return fault;
}

static void typed_as_people_type(void **state)
{
    (void)state;
    struct phrase_told told;
    assert_int_equal(read_again("  Legal WINNER thank year wave sausage worth useful\nlegal winner "
                                "thank year wave sausage worth useful\r\n\tlegal winner thank year "
                                "wave sausage worth title \n",
                                &told),
                     PHRASE_GOOD);
}

static void a_slip_is_named(void **state)
{
    (void)state;
    struct phrase_told told;
    assert_int_equal(read_again("legal winnr thank", &told), PHRASE_UNKNOWN);
    assert_int_equal(told.at, 2);
    assert_string_equal(told.word, "winnr");
    assert_string_equal(told.near, "winner");
    assert_int_equal(read_again("legal winner thank yaer", &told), PHRASE_UNKNOWN);
    assert_int_equal(told.at, 4);
    assert_string_equal(told.near, "year");
    assert_int_equal(read_again("legal saus", &told), PHRASE_UNKNOWN);
    assert_string_equal(told.near, "sausage");
    assert_int_equal(read_again("xqzzyqqq", &told), PHRASE_UNKNOWN);
    assert_null(told.near);
    assert_int_equal(read_again("legal \x1b[2J\xff", &told), PHRASE_UNKNOWN);
    assert_null(strchr(told.word, 0x1b));
}

static void words_too_few_or_too_many(void **state)
{
    (void)state;
    struct phrase_told told;
    char many[PHRASE_ROOM + 16];
    assert_int_equal(read_again("", &told), PHRASE_COUNT);
    assert_int_equal(told.at, 0);
    assert_int_equal(read_again("legal winner", &told), PHRASE_COUNT);
    assert_int_equal(told.at, 2);
    snprintf(many, sizeof many, "%s zoo", VECTORS[0].words);
    assert_int_equal(read_again(many, &told), PHRASE_COUNT);
    assert_int_equal(told.at, 25);
}

static void words_that_do_not_belong_together(void **state)
{
    (void)state;
    struct phrase_told told;
    assert_int_equal(read_again("winner legal thank year wave sausage worth useful legal winner "
                                "thank year wave sausage worth useful legal winner thank year wave "
                                "sausage worth title",
                                &told),
                     PHRASE_CHECK);
}

static void every_word_is_found(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WORDLIST_SIZE; i++) {
        const char *word = wordlist_at(i);
        assert_int_equal(wordlist_find(word, strlen(word)), i);
        assert_string_equal(wordlist_near(word, strlen(word)), word);
        if (i > 0)
            assert_true(strcmp(wordlist_at(i - 1), word) < 0);
    }
    assert_int_equal(wordlist_find("zoos", 4), -1);
    assert_int_equal(wordlist_find("aband", 5), -1);
    assert_int_equal(wordlist_find("", 0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_of_the_standard),
        cmocka_unit_test(any_secret_comes_back),
        cmocka_unit_test(typed_as_people_type),
        cmocka_unit_test(a_slip_is_named),
        cmocka_unit_test(words_too_few_or_too_many),
        cmocka_unit_test(words_that_do_not_belong_together),
        cmocka_unit_test(every_word_is_found),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
