/* A person's papers: the backup of an identity, a device's certificate, and revocations that are to be said. */
#include "profile_help.h"

#include "store/backup.h"
#include "store/papers.h"

static char path[128];

static int setup(void **state)
{
    int failed = home_make(state);
    snprintf(path, sizeof path, "%s/anna.backup", home);
    return failed;
}

static struct identity identity(uint8_t number)
{
    uint8_t seed[32] = {number};
    return identity_from_seed(seed);
}

static void read_file(const char *name, char *out, size_t room)
{
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    size_t size = fread(out, 1, room - 1, file);
    out[size] = '\0';
    fclose(file);
}

static void a_backup_opens_with_its_passphrase_alone(void **state)
{
    (void)state;
    struct backup backup = {.seed = {1, 2, 3}, .nick = {"anna"}}, back;
    struct error error;
    struct stat status;
    char line[BACKUP_LINE_MAX];
    assert_int_equal(backup_write(path, &backup, "several words", &error), ERROR_NONE);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(backup_write(path, &backup, "others", &error), ERROR_BACKUP_THERE);
    assert_int_equal(backup_read(path, line, &error), ERROR_NONE);
    assert_false(backup_open(line, "several word", &back, &error));
    assert_int_equal(error.code, ERROR_BACKUP_PASSPHRASE);
    assert_false(backup_open(line, "", &back, &error));
    assert_true(backup_open(line, "several words", &back, &error));
    assert_memory_equal(back.seed, backup.seed, sizeof back.seed);
    assert_string_equal(back.nick.text, "anna");
}

static void a_backup_that_is_damaged(void **state)
{
    (void)state;
    struct backup backup = {.seed = {1}};
    struct error error;
    char line[BACKUP_LINE_MAX], damaged[BACKUP_LINE_MAX];
    assert_int_equal(backup_read(path, line, &error), ERROR_BACKUP_NONE);
    assert_int_equal(backup_write(path, &backup, "", &error), ERROR_NONE);
    read_file(path, line, sizeof line);
    size_t size = strlen(line);
    assert_true(backup_line_ok(line));
    for (size_t i = 0; i + 1 < size; i++) { /* any letter of it */
        memcpy(damaged, line, size + 1);
        damaged[i] = damaged[i] == '0' ? '1' : '0';
        if (backup_line_ok(damaged))
            fail_msg("letter %zu may be another", i);
    }
    for (size_t i = 0; i + 1 < size; i++) {
        memcpy(damaged, line, size);
        damaged[i] = '\0';
        assert_false(backup_line_ok(damaged));
    }
    assert_false(backup_line_ok("fika-backup-1 "));
    assert_false(backup_line_ok("fika-backup-2"));
}

static struct certificate certificate_of(const struct identity *root, const struct identity *device)
{
    struct certificate made = {
        .root = root->node, .device = device->node, .number = 5, .label = "phone"};
    certificate_sign_root(&made, root);
    certificate_sign_device(&made, device);
    return made;
}

static void a_certificate_is_its_devices(void **state)
{
    (void)state;
    struct identity root = identity(1), device = identity(2);
    struct certificate made = certificate_of(&root, &device), back;
    struct error error;
    bool found;
    assert_int_equal(papers_own(home, &device.node, &back, &found, &error), ERROR_NONE);
    assert_false(found);
    assert_int_equal(papers_own_put(home, &made, &error), ERROR_NONE);
    assert_int_equal(papers_own(home, &device.node, &back, &found, &error), ERROR_NONE);
    assert_true(found);
    assert_string_equal(back.label, "phone");
    assert_memory_equal(&back.root, &root.node, 32);
    assert_int_equal(papers_own(home, &root.node, &back, &found, &error), ERROR_DEVICE_DAMAGED);
    assert_false(found);
    made.by_root.b[0] ^= 1;
    assert_int_equal(papers_own_put(home, &made, &error), ERROR_NONE);
    assert_int_equal(papers_own(home, &device.node, &back, &found, &error), ERROR_DEVICE_DAMAGED);
}

static void one_revocation_for_a_device_in_a_channel(void **state)
{
    (void)state;
    struct identity root = identity(1), device = identity(2), other = identity(3);
    struct revocation made[3] = {{.certificate = certificate_of(&root, &device), .number = 6},
                                 {.certificate = certificate_of(&root, &device), .number = 6},
                                 {.certificate = certificate_of(&root, &other), .number = 6}};
    struct revocation read;
    struct paper *papers;
    struct error error;
    size_t count;
    made[1].channel.b[0] = 7;
    for (int i = 0; i < 3; i++)
        revocation_sign(&made[i], &root);
    assert_int_equal(papers_revoked(home, &papers, &count, &error), ERROR_NONE);
    assert_null(papers);
    assert_int_equal(papers_revoke(home, made, 3, &error), ERROR_NONE);
    made[1].number = 9;
    revocation_sign(&made[1], &root);
    assert_int_equal(papers_revoke(home, &made[1], 1, &error), ERROR_NONE);
    assert_int_equal(papers_revoked(home, &papers, &count, &error), ERROR_NONE);
    assert_int_equal(count, 3);
    assert_int_equal(device_read((struct bytes){papers[1].body, papers[1].size}, &read),
                     DEVICE_REVOCATION);
    assert_int_equal(read.number, 9);
    assert_true(revocation_verify(&read));
    assert_memory_equal(&papers[2].device, &other.node, 32);
    free(papers);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, setup, home_remove)
    const struct CMUnitTest tests[] = {
        test(a_backup_opens_with_its_passphrase_alone),
        test(a_backup_that_is_damaged),
        test(a_certificate_is_its_devices),
        test(one_revocation_for_a_device_in_a_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
