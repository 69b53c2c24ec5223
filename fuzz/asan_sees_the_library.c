/*
 * Misuse that only instrumented library code can show: the library is told to write a result to memory that
 * the caller has freed. AddressSanitizer must stop it, or the fuzzer's silence means nothing.
 */
#include <stdlib.h>

#include <ncm.h>

int main(void)
{
    ncm_law_params params;
    ncm_law *law;
    ncm_resistance *gone = malloc(sizeof *gone);

    ncm_law_params_init(&params, sizeof params);
    params.r_c = params.q_max = 1.0;
    params.gamma = 0.5;
    if (gone == NULL || ncm_law_new(&params, &law) != NCM_RESULT_OK) {
        return 2;
    }
    free(gone);
#if defined(__GNUC__) && __GNUC__ >= 12
#pragma GCC diagnostic ignored "-Wuse-after-free"
#endif
    ncm_law_eval(law, 0.5, gone);
    ncm_law_free(law);
    return 0;
}
