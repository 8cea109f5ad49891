/* SPDX-License-Identifier: Apache-2.0
 *
 * test_key.c - RSA keys, randomness and the arena of port/mbedtls.
 *
 * The keys were made for this file and are used nowhere else, with OpenSSL 3.0:
 *	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out k.pem
 *	openssl pkey -in k.pem -traditional            (PKCS#1)
 *	openssl pkey -in k.pem [-traditional] -aes128 -passout pass:x
 *	openssl pkey -in k.pem -pubout
 *	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256, and ed25519
 * and the signatures with:
 *	printf mailseal | openssl dgst -sha256 -sign k.pem | openssl base64 -A
 */
#include <mbedtls/md.h>
#include <mbedtls/sha256.h>

#include "engine/base/base64.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/keygen.h"
#include "tests/unit/test.h"

static const char rsa1024_pkcs1[] =
	"-----BEGIN RSA PRIVATE KEY-----\n"
	"MIICXQIBAAKBgQDQS8MnYlYPNN5j56G5ifH01Tm/tz8TeB+ilR5D77P03p28kDZh\n"
	"1FHGdri054hSF9BrBGA0vRTK/snZulgve/rPBxW5Rl4D0m/unhzDQnDJgrjdwSPe\n"
	"++FVEzvBU5hz8j6OODDwHxj90tG4jRbSswJOWlxTvkcnVzzy+YfVNkQgWwIDAQAB\n"
	"AoGBALeZwFgrxp26xTgciSIJJJvhgvipJlEb9g6SEE5jsCTsQO9f0n+i7b3ZEfBr\n"
	"kW6DDTP3dHGoJPbVZMilB2w7hRN1iqcvGbj0/isKIKMqRLJiYyi4UOakUAN6zkfA\n"
	"mgvaubnqOGOFPtQDhXlLOTGbYbIGV4WdvJgLt9PJfSBPrYY5AkEA8384D/PYO2Xp\n"
	"CYZ/CgXrqXBQ7B4sVm3IeC3UviOHV28kyFNSHtcapBrCRKYDp12u0tlmy9WlBVcW\n"
	"rO4aLAOrbQJBANr90v1pWaT3k81kgdnbTnx7vlJzjqpL76XxooKdTq5vZyaHwZRY\n"
	"shnbgXw0N2BBEerjNgcAKcDKT77NmVImlecCQDKmA8NNtWylhhO1Jjevg5V7B1oV\n"
	"7KMNsuVMozPpr/0/4SbKLgq8M45vAnnFDn2BvxucnQVJK0oxE0ZlQIxnNwECQAS5\n"
	"kUHSchKzHMdDseGHb8wTx2l0ANH/zW3hJsZ2qmntEWataynOOBmCuOp7He6/uKk+\n"
	"ub2w7TWxp8LQIMy69GUCQQDjq78ZnbUsc3NJfY/SMFg7bptVkYyNRIERnLP9USWL\n"
	"iLtulv2hmTvtmn0K9T/RR3K7Zyn4SyOPwniHjbgyhu8o\n"
	"-----END RSA PRIVATE KEY-----\n";

static const char rsa1024_pkcs8[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBANBLwydiVg803mPn\n"
	"obmJ8fTVOb+3PxN4H6KVHkPvs/TenbyQNmHUUcZ2uLTniFIX0GsEYDS9FMr+ydm6\n"
	"WC97+s8HFblGXgPSb+6eHMNCcMmCuN3BI9774VUTO8FTmHPyPo44MPAfGP3S0biN\n"
	"FtKzAk5aXFO+RydXPPL5h9U2RCBbAgMBAAECgYEAt5nAWCvGnbrFOByJIgkkm+GC\n"
	"+KkmURv2DpIQTmOwJOxA71/Sf6LtvdkR8GuRboMNM/d0cagk9tVkyKUHbDuFE3WK\n"
	"py8ZuPT+KwogoypEsmJjKLhQ5qRQA3rOR8CaC9q5ueo4Y4U+1AOFeUs5MZthsgZX\n"
	"hZ28mAu308l9IE+thjkCQQDzfzgP89g7ZekJhn8KBeupcFDsHixWbch4LdS+I4dX\n"
	"byTIU1Ie1xqkGsJEpgOnXa7S2WbL1aUFVxas7hosA6ttAkEA2v3S/WlZpPeTzWSB\n"
	"2dtOfHu+UnOOqkvvpfGigp1Orm9nJofBlFiyGduBfDQ3YEER6uM2BwApwMpPvs2Z\n"
	"UiaV5wJAMqYDw021bKWGE7UmN6+DlXsHWhXsow2y5UyjM+mv/T/hJsouCrwzjm8C\n"
	"ecUOfYG/G5ydBUkrSjETRmVAjGc3AQJABLmRQdJyErMcx0Ox4YdvzBPHaXQA0f/N\n"
	"beEmxnaqae0RZq1rKc44GYK46nsd7r+4qT65vbDtNbGnwtAgzLr0ZQJBAOOrvxmd\n"
	"tSxzc0l9j9IwWDtum1WRjI1EgRGcs/1RJYuIu26W/aGZO+2afQr1P9FHcrtnKfhL\n"
	"I4/CeIeNuDKG7yg=\n"
	"-----END PRIVATE KEY-----\n";

static const char rsa1024_signature[] =
	"Lus00Pis4pxtwz6DZzj7DA62GIUi6zAZEexXbJd2KByCuHJDF8HuZDOh3JS08CPS"
	"zfvWgpGXsJt6NxEoVXltMLn/IwKq31zIyJZqoQQ0aeaLz/WkRML9HG9/b3KoMset"
	"O2t3UtIqRgMZmyWmix1IQ6AUmRXAMFj3j6FU5XSPB2E=";

static const char rsa2048_pkcs8[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDT8gPYf+fe0NBJ\n"
	"nGD8+xFQ5/+SewJPNsKZAGQJG+T1YELTIZ0CO4MXDnGabgjSIBogieUFsaNUGDo7\n"
	"xaW9bHIvTTHN1eeWk4W3sz9RySxMz3Toh5/ZQ4YfkdHOhmYbDlaiyoNEu2uG6cPM\n"
	"KPLlVp3+1hmQSCJ9ovbz6QyQsZ7vamvxoNS3F098Mgox3+h9ZAfrPPj9CooWWCre\n"
	"CBC3VVMMpypi13oESluXlXBggbGJHAb3uvyy2dxwwcOtlwc5glACk2G8RlzYo7Nl\n"
	"Xkg2msNlVbzhTzjhzitvhNKsTfo3apmFlcP4y2zzFf+mJPy8/7D/ndlpzt5gWcva\n"
	"qyOfpm8zAgMBAAECggEAExPGqtcgfNrY1Ldht4O11E19oKa31397VqBFYNiE7F1E\n"
	"xpJQ+qF2tD2VlivvWVKQZ3tiBPgvVmNz4mtw9rLrODy/jeKCHPicYaOdwHPWK/fE\n"
	"cyW6CqlcSj0q4GcSi77np3GJDUe9bwBdomPRMTlxsT1+QZFsoVho2B2TBvcl8jC9\n"
	"I9mqcZcGT6j0ZFfzygSWXwYFQg8keybfdyqEYkzIdP/nQQAq11ythbkYhCG/BtoA\n"
	"xm5lUPeGNXIkdzJMQuF9wYxXeSJPWBeasSE25x/BoISL11Lflg8QcYCYpEeFqDaJ\n"
	"8xnR8cozH6rQTU4P9ojnUKD4pIzQp6H1HX0sdFtFUQKBgQDtPMirJWg+Ymm3hcMt\n"
	"1Q/FeoLViJbT1lIQONZT4x7RP2uaspKL9zcQYTUUFN7QNqVy6hHlibJ0wXI3slPg\n"
	"5m6pTsKk2A7csAdR1fC1I80NBKMO86FRzNNHQepyN1pM6Ql3Sjn41yrpoam9v3t5\n"
	"/1eARAfCszXmEwcAwPkoEwP7GQKBgQDktSgWVUEwfZWh/UsdbkpvVHVimCaHPPh+\n"
	"dQYvtZE3u2yWz1LHy5EFPR6aeUdZPvoAT3yTbz9PKqx2yfkuWGHIKPCtYMawyhgS\n"
	"i6gSj0gPVH7vNBT5knTb6Hg3iefVEcnYFOstAkm461r8ly+jyJlPyDPTYbFZqnh5\n"
	"Goz3nt+SKwKBgBaJmb64lQioLMbkjEBEZ3UpSFik2z9QswcbfzEE+J6EWeKeaFGn\n"
	"sLF7qqE3wlshdeJO3lhiFnQFFKa56EILYiPveYpThEXu6yMZIf7zYb2E3UDEYGT3\n"
	"AnNYjb9ABvIbiWytvognWMpNM2T1VfOnEFb9H4edotcyo42sx37JH62xAoGBAJig\n"
	"rNf6nT6XELzCJNbHO7WAT7Y0g8HM1qjNwAsmyHrBAX7DbSMYnvc4CqxcM1lDxeNf\n"
	"KGvb2gwjFmVP9JMROHAzoiqSYwaoV9hIiymXpSdV5EAOKdFEA+ieA1xNFAIFlQY3\n"
	"L5sh48Ecj+PxoUFUJbwwhyWSFKEaOrvXFCxMQjdxAoGAS4TRhVaGtws7kMulXSKb\n"
	"ONMwXSw9uJJ0CTnT/5BdPWDECgDoS9Wwh4KDkJFvO584OvYSOcCS2+p8l8y0ZrzF\n"
	"zgWURZePNPs2EYT4dS2Q0dH9wNmibaJUr11vhq4SmiQxw4fpHjwEKqPSoM+1jjNH\n"
	"+5jB/VVnPbiGV1qCC0Arfnc=\n"
	"-----END PRIVATE KEY-----\n";

static const char rsa2048_signature[] =
	"TEvHrNiBCFFA7V3q25AH6D1ZgkmYMwRANCujDR8GcayyuZTDjKOsb/fKoW06mA4u"
	"sxXX90oDTGt8esypYecdw0GG+skZN4krftZ5KUqpF7I/sRBieh+v7QzttEAIw5Vc"
	"Zxb/ab1V0ZdEOkDmgxcmtePXJLHWzQ5a90umSOyKNxgvyw5jbndLoMjNaAzQPS9X"
	"JzWbuXMcgieqYQsydqdW+CRnQBn2fCd+hECI1AJCLMJ6OglyBxkPLOOJyl9HZo1R"
	"SOzSMjGHp+ylSVHoqhUgR6jNK7bK8wcSuKJelZEqvSNKProBiO9iRE5cEZqaBy2f"
	"zBpo+T+CluXuwySyZ1/wPA==";

static const char rsa3072_pkcs8[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIIG/gIBADANBgkqhkiG9w0BAQEFAASCBugwggbkAgEAAoIBgQDKwW4sXw/J7THT\n"
	"4RRPkcgUcnlRUj6BIhKL1pDIgba+SBn6gBD3bAdh8XXjAemWafPmsRvVN/AHEPrP\n"
	"44Si+qKPdkXRpsILZ5duuJwfvm/wUYuzc0WNbs/X7ku57sGkQyRaSijgUstZE3PK\n"
	"DLv8q3d4XZeTuEPqnXQZlB8qVaThrk49tNfAtx6jPljmzao2WUxAy0jwTFfogK45\n"
	"giaxbkJ08PzcpDqi+gmP03eR3RxY5KseiSLJUGgkmQXMQ5HXqOBWOIY17a9PgwbI\n"
	"br4rUTC7YhrA8XYxXtlX+ZJx+PXNU7Lc3MDavZxUvLneObZ7wy3XoNo6dUJVIZFa\n"
	"vaPD3PePySOWspuyosxu7AklXdHPUiy4WtjNMosJOdWFfRE13Kt4SacPLfClTH20\n"
	"gg4bYsKF5A3LovaS8eZ+euNzy8bD6Vnc+OFvm2QOToQpsog8rEOR9WdtXy9sWpAn\n"
	"U6fDAfo3/9cIh8trK8/VeumHEv9zl8zNMhvUH1TpaUwnrinkBWUCAwEAAQKCAYBB\n"
	"2721JPWkcerO91vZErHKTnqwmwXZfR9IE9x4fIXG3fWuQ/3+2DS3sC5KG9trc6P5\n"
	"SYsQYXiSWwYVE8KIC+BUuCaqmD+MY8ww9z8jIoEKrvoxQl6Tt6xEZ89qKC7286Yx\n"
	"u8f2QX5ywxpHxYYkZu/KBaCQJ3jMEvPcwRu0bRg/BBa+/WhdXT3S6ZQH+ELzH2Ng\n"
	"4ochIrMlPvMYk/mMhZOJl6OS6bdwK8aCVL6QfyFPkIsywnmtqXQCe0ACXupXAi+0\n"
	"PiXgaD0YiDdlzimvFjRxYtB5+/dC+tVKZjkUIcQoz0ccinYloELKOQMCPvxMUc5V\n"
	"qxQ84xOoUSY2FQHaxFho0BGRZSHJ7NfeCR1LfiJ0eBik6Fs6JLMa556ST5wlHsS5\n"
	"nQwOWiYQmTRfAAT+DlhJWVpdFUCIjrCfTY6MaC+xw/b6wEQy8Nay+BM3q/Kv0Oml\n"
	"1pqJLfWTKvWVptU7YTKV0ID32WmVk2+PcK8CGK4TNlOAOnVxO3ngYGYT9o4jbNsC\n"
	"gcEA7bLIIvWiZt6PRI0R4QMzH9Ui4qaFgxFW7U5NibR54fKVRglwp3F/80rAYtsR\n"
	"ez85UI5DdV3lAvF7W5FMQXppibd4wU9YvkSD2C10nT4jYTXook0qeGtD/cZ0TK2f\n"
	"gAhSqTx1hLuhR5eiXcPyKBLzcb/v4t7cgroD0LUe+6Ig0YpxiMi68Ffh71ATCz4o\n"
	"qI/df8TFvy7AGD3P90k+oxY47/0hO3Vvfi7yxudAMAebe1uHwA5a4jOWG8+DrXOk\n"
	"0ZRLAoHBANpd5kH9E8Ked4C8bdrpIS3P0k7cfGRFRLu9tH2i46734/UgCrhVkG4f\n"
	"ccd+Sj1GVTvT9yzoEoic8xCgRxWxbJJqs7iYcY9cmK6wKEF9qGwF9/ySGImPinE5\n"
	"ACmHgZNaOfU69K9t9SnMuntWq0YA3HYKr4Zc/CCYRTf1kmsU7rjAxuBbuHhibM6+\n"
	"AVRvw12jgmm2AvpijKuKK7iqzPXr6WlPHnIV7nqOP4tFD60wds83a7a3ark1QH9e\n"
	"jOcy+O3fDwKBwAKaqNKpOkRCP/OSUBXVASRiI2W0SVYsRHWJHBRcI9Gz5KrFw7Qx\n"
	"7CLwOLdciw58nNYjGN4aTz3/A0j3iIxXGPznQ61qfyBmg8NEjDiEy8Ju4sOUcNis\n"
	"5CvNlsyYQl0WukEcZnUz0QqFwMOiN+70djJS1f/4TRYpj40jztkW56EkESZcfJ/R\n"
	"dqo2iF7hKXTfTp/tufTkQDqDwtmEtej3f1wxu8F5AeWyAfrn4a4lBzEMyany/k/o\n"
	"HMblOR4XXEDnjQKBwQCDvhD0EO6CBT8N4SDZ6LrGu9IjF+zIRe4w4kPpZIO/BPl3\n"
	"4uv0yFKJzdjERdIeY7d6j+hZJG5CE4alqj0YvmFFeLCTFw20M2Y+RjMTR+97tKIn\n"
	"tDCvlXUt1/jcFU+8ibvb0sTarhkyLbz4OpK8ejqH0OySwLiwJY3lM/gxOIDJ4Cxc\n"
	"IZoKrz78ADAnNAKHFOXSRyhGzXwW5hZ4pDthxwGcMkqpA8hMElQN/w11LH8Rh1sp\n"
	"8kCmGpWeAno55ku+n0sCgcEA3jAlsfmzWOpq/GiksZlZIBWz0DBbHClGo+NwMXZ1\n"
	"w9Vq9FsXqGNhUY+wHY+Rclo3rtH+07ufh0/IJwQWVDZ179o0eloFo+pUEeBDx0ZO\n"
	"okTh1UMacQ4W2WoK1Dn5trOofX9CsVc71Ma5aA7+Bl4fXxDCtWNOrDiWlxNeo4JD\n"
	"6rrDt0GCHuUBOQgcbFOsghUkjeBdf17Mwmb17gJhumWukKUvfMDDH0BmxAV3ru+r\n"
	"YLUlF1t7fjgueZO+Mq8d80Jm\n"
	"-----END PRIVATE KEY-----\n";

static const char rsa3072_signature[] =
	"kSyxcf1O+LgA6gN7WrLGyl70WRtWXa+CUUslFWBk/2b5enjcuLjwKK7k4TT/Nj0Q"
	"mCG3P0TUR7E8eD2+dgYtWIZophPF10xAJVhkVKied9Xy54otTzH5s49H1n3f6/x4"
	"PeXeGOLyqO14sKGmnIV46qNZR+xFL7i11yHReN4zMsAyliV7S+fGFCqmtRMqwciG"
	"gKVEZweWRITOyU2MKigl1HRr5UrBTw+FuGHjMVTdbEx1m9em3GCil8Py2V9eRZ7T"
	"5uPG0OhsOkmH6hDMD+ACxzp+O4LhNBm70xfb96865bYI93SDy1YswNVa/zD6yiL/"
	"Z2h5En/HFuY95NAhTFzbSgC6lp0aKo/Oq84bkBZ6YqL0qdqfcA05Zwf3/xQJCBjD"
	"Gbtbugid5RkyDrGuVtQvdtWMtcJBVPtVo60Ym8tre5H4gCVXwRAKsmHNJ4disxSq"
	"qr5T4wER4IpGeBqd7IIhn0qT0pW9oG++5Ni/KnO7Vn8Hp2B6Ok/TBSfrnmikFjrj";

static const char rsa4096_pkcs8[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIIJQQIBADANBgkqhkiG9w0BAQEFAASCCSswggknAgEAAoICAQClwyAoKWEBiyrK\n"
	"mm6whY8uBPMV/Jq50+j5b5pj+1UpB9bjJjAwQUDvbxRcsbkzfwm37LbZGUtDSePw\n"
	"3jsXV+sVVUN5V2PyciMg2MjUyAZhcx6LUFOxc6NV8zZ/Ee4qCV0Pns7OFXTJq9sl\n"
	"FlOWIc68Dih//0WjfMq/TSf+9mUN+7R33Wgbd6hF/VhYgJMsh6Cx3blBM+2nqrsJ\n"
	"7Je83thfWKDIl8UlXnQlHr6rCKZZYlnloq7wG3l7rkqqmVyWmMrk/zv3U8B+2cCp\n"
	"7elmzDgjPgT6zU1QSmm8ojTyEn3DyZ/mtl7icj0uCmpSe3xoUj709JbIV/1tcrLC\n"
	"y7Uk0kjqeeP4j3jgjYNWekJJqm7qiTmdC9RBo0KZaRjWDcRwbJXGuBmU5A00/pdy\n"
	"AFGfss4AF5xtLFvY+NcCFzmtQk8XdShk/BkjS1qpAnNpT2ggsH/zjJiyyDRDuc++\n"
	"kQ69pjtn+4nJjoL5x1DYKy+QwIa+LwTGTJFaqG/5/kp/+BHBSLiCpyclp2WyGui8\n"
	"fJsj1rcLMumtnPUDDy7Qx/PMtMdffCrbbws+iSSHBgREeJHM/zDfv43gGH23yveN\n"
	"aTqWG0YlzkIz8NOtQcUP5nkAhB8X067MYQnmuAr+KWlvOOvlPgVfgffOakSHGX7M\n"
	"5a4j9cLga1PG7bnA2KWcD2iU3QIjxwIDAQABAoICAALiiX28pdNcDUuamN1gbBe1\n"
	"8fEd0cEoMgBqJweHot/+IrxJuHVhvVqT1iJJQyeyFbfQwKhSOCzpbU304C+aa4OW\n"
	"IoCxh6v7I1qTMbOaVs1KLp7oFmM0cWqxuyITbGmCewJZljagYviOxPEGGXOEdRxx\n"
	"KdbiDEYGVvtk9JKlNFvXV9KHCCSdb+oZhavmP1yucGdU340fjteBl8daPPqf7XSD\n"
	"W13PKzKb5gbIKTNa1ci6dt9E3I/E1D48NoQPlTy9vgVyqvC1nj6ju/NF9u9ZRvGk\n"
	"ehVPW2gchqIuau0Ua0640WkEUlRu/o39lAO8rtnPjKInKGfZa2MedIQCMM3j2jox\n"
	"szdHjy0biM6WoNPxMMNxGR4D43mlscIE7Wmm4LkuyY01Kr2InnmMgRCyZArwdLHf\n"
	"xjpHYiiwxllchCFISF1VYUDK+phaKfX1nCeFzBz2EFU+HFtPzN3wJcQWnTFYk2nS\n"
	"ZkJgEHIT1CvjrVoqwqouqL71/5pEBpsSO7NXwLHFHIMqu3a6BP9QffUj+zoRrvYP\n"
	"GpcUmacE2R5UOOvRigSj1V0TIbi2/ncZxYP8z9SAZ54Gvo1eNnPpZ+qf4+ACPFMq\n"
	"BnWKsGdeqhDWpR5ifbJWWzMLmQc5gJLpxwKcdcd/4qkyawS/bo4IsbeAPCsqQC/P\n"
	"95fujMY8F+Gusp1i/wahAoIBAQDUTlMzmNrkAwqjEl/xwAfYADQsiAqeLZ9Epk6b\n"
	"GO1Yhcvvm5MSVeugOFvNaPXV9h5d3vSbWloC0t6q+GbR/hKnnvlsIPmOzJV2pmhg\n"
	"XWib2qZVOmw7bsL5IP75d+nVt2GadIx35xlIVAJwFqFzBb8JrP3EXVGaRstS7xT2\n"
	"/E4vTCckwa8jo2C7bjOfYxqoaf3D9oddGugvNxhzc/RqfXq7ItXusfG7kDzeqVvZ\n"
	"KdY6zIJ6JZq9IALRD+e93n0PzsLjtLI4Nx6QvraJTbaNJlKFy+6KF1gjUVKUqq94\n"
	"RPnJqHrfOa0mXaU0npC5TNWtxEbt6Iy4xqoH+uTYo6D72BcXAoIBAQDH4JHWf5YW\n"
	"x4HJ8PxYmQR6yJQ7v4DeV4WApDm5sHsnMyDpc7/6BinFkTokYOQbJB5PSUmFSAtX\n"
	"utl6A+mmqoXqRL8jS/DTsTJNJ9QZ0A8UfWqnRp09UsgIWLBVoSknp1pRcYkOnTEZ\n"
	"cEMRlqhxc9tue44ZeJxfniPupsqa6KsHfoUQ9LB9/EiwfIwcHX7PLNXYvcfCzqdx\n"
	"jjyhVmdKurQVSVrnMIfZv6F/sT0eklu2w5xwJWgQTrsoW7js1HeOMm/9chZQb+zD\n"
	"SVhDAjWJyMdEeUnAqozviQ1ng7kX33GRPDIYhuywdupSdc4eAAg0qIiqwU01GvQl\n"
	"WHwwpIYrUUbRAoIBAGuPfyGt+H/6doIlxgwhwReTCtvg1JhM/tr18u8rEtx9dNPh\n"
	"GwL4GtdilkgcPCh5d+sRERZAEUhK81rlXJpZQbRAm5dHoYfSaIrjRhBEYsJLZWfa\n"
	"oIj/1bIIIIXdVc/cB4wMLjp1D98QCOgm3wb6S04ooazBpp0l7s8Gp7V2IFpgF5jM\n"
	"s+G3XUO4UlkXCaN3h4Snuu7VufppzG55ucPV7L8wp/g1mQXwzpX0cb81Lf8+K4Cc\n"
	"2qektyiaCUutk+jVVPGuU3idnFOy+6HWiH08hCSbLDA0IYhLJC6Dx0CEmZSsUgwU\n"
	"GYBNg2yERUhMABn4TgMshVb795rxZs3HIMFXOmMCggEAY7k9yiFaBv9/V/vuS139\n"
	"CC2vF6hSaZyNNUO6sVTF/SbbUt63d80/Zh0xPxlAdfItVS2hiugJELpe6yuslcUa\n"
	"j2nBW6D2BQixqiEnB8Hw5C422kK3DPOSbeeiAvcni2tJ+ryEv0/aQXDrZYkffYtq\n"
	"fdMTcM3mZyaFkvqQt31CZ7jON0l+DT2kHrnlRdnJfSBHiZ4WXrGwhU2MHor3eidw\n"
	"1fYFbred8BxWPVl2vxwSujsagDGJnClL47TvrOnMxJuRmIglbfiJzl13tecSQy5z\n"
	"jUxeacwuCQz+LRlhbfHDvcykyev3h4utGXtBXWJytaMonNlY5hgOm9tsCvDrKA2j\n"
	"IQKCAQBepum07TA0+7VmgaIHV6AND6mPauV4hn+20naakQdQv9JlUEYw8sS7Fqaq\n"
	"it1o2YhsKySwgm3UP5JESqyWdlQ+2PKzbKlQkZIvpSTcg3wGkSTAWKDIluZ5smFR\n"
	"PJ4tHxGjPCUVH4kugHfJZ7VTevuX/NQz7BQ0eH4Q3n12/cIYsK8n8EYpOGchFx4H\n"
	"x8SAPjPVcWsjPHYfLwIxwcoWULvxURviKnLXP7rJ4/qMFwezZ/WFD7E7hQR5C9Dc\n"
	"MlGuYabZlgSrxMCEYyAkzEpUcByJvmQTIDvWPCQUJjsABSx3+BAEHOpZGYtv/T2C\n"
	"WhVINz+//v0zTCD26jpG0sobYrgK\n"
	"-----END PRIVATE KEY-----\n";

static const char rsa4096_signature[] =
	"LX6VJDX0kNy3HJ4K64E6P23wzvSv508kUEhKDAaeZrCu4T7hJ+6j/0tOMeC2yYbU"
	"1pVDoUmf0TpMw7ICkrldAAb6HVop7dGHhudOvP7hIIDiOLDM+NWj9z2/J+PX4Z4l"
	"ymmi0fIyqegqvPC7gMrOm/miEY8UGp2/UTibiUY1oT2AKOP2Al6jVuJAL/lbdYQh"
	"gf8OKEdonPgtieI6SRIVt+iC7YdiZRGUwJXuJ6ukJJTyUCOMBO8LxOkZfr+m18rd"
	"0e+04WkmOuDFXdX1SHHaGp/NIDxp8VMKxlINC8gxUXPb8tw5yYQy1HjKQYSTLtFG"
	"gPgqEWH+JYTBSanWqbUt9TaEZ8qiXqocq2yLSFBSUJDnD6anD8Q4xTaHd+D8a54O"
	"IncexW46sYBJ09J068/CUj2kPasi+ZAs0dADyrNOtO4U+RD7sqLHVrKCmSdTJIpw"
	"PJ6safCiNOqvRUzCzPsiZE8klv2YuMtBCnrHzSHH/r7KNnFM+vPv7T5oZP7W6gQ5"
	"0bvjbnrEXuzNNLYSiKVUi4oe+P9xUe6eP42Pgt2rNTXq5ljqCcTTo3TDEDfFhfA9"
	"VRntz+nzmem/6ex7P/2Ist9jMgcFVlA/97xBHnTJgAEIYTtcFuy5L/8ibe2UrLm+"
	"9aI+sLg8CdEFEoXGjSMiASxRzqTfpqbl4/DqifWL3XY=";

static const char rsa768_pkcs8[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIIB5gIBADANBgkqhkiG9w0BAQEFAASCAdAwggHMAgEAAmEAwfR6IAWLy4pixnXS\n"
	"FyK/ux6IEiW256nE4TjKkpbXzWRTBfHFfjQzFAnjfzN5P5PO1/VuD2voK11EheA1\n"
	"IAiQr8P6yOPTnafiNOMN6rJ324e5rO3LIfkUqCxM6ydfmOVfAgMBAAECYQCBvwrn\n"
	"Wu5uha+X9X9KTMuX4E/EXAhkJtR2maghsdjBJGjJpDeqOj8lG4xdLlDg7/2VFmbq\n"
	"kttMhQhhjGRq0+1sD+GEgGxA4x6ol71PKetJFGUrqEoALb+CUE65Y0zVOnkCMQD+\n"
	"Dk9SlIcmlgMkOHRux/YTZB2pnuYXJW6W5HvC9Bp4Tqgb59pplAEP2kX3XmAH9PsC\n"
	"MQDDcG5Hz85hYa//WLBjSMQL5C2zt0GvaVzl8BoML8vL+EfCtPyKx6I/kfqQJ7jL\n"
	"++0CMQCRnC4GjK5xhSVDyz+ghucY8ha2MyZ5ObEKtuXgNPw+3AYqCFb8kCGTrmzP\n"
	"fL3ZkaUCMCRhwaXMoXavYLwAHpXc7eHo0DksXCXzTz/eunqaSy3lQjaUyo5rK2D6\n"
	"I9LCEjym4QIxAO/NaLLycIjPyKZXbg9Z/6G6Uw/Oc7mceLYDrW1F6HvjtVFM9TUX\n"
	"GMUARndn1J1qpw==\n"
	"-----END PRIVATE KEY-----\n";

static const char rsa1024_public[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDQS8MnYlYPNN5j56G5ifH01Tm/\n"
	"tz8TeB+ilR5D77P03p28kDZh1FHGdri054hSF9BrBGA0vRTK/snZulgve/rPBxW5\n"
	"Rl4D0m/unhzDQnDJgrjdwSPe++FVEzvBU5hz8j6OODDwHxj90tG4jRbSswJOWlxT\n"
	"vkcnVzzy+YfVNkQgWwIDAQAB\n"
	"-----END PUBLIC KEY-----\n";

static const char rsa2048_public[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0/ID2H/n3tDQSZxg/PsR\n"
	"UOf/knsCTzbCmQBkCRvk9WBC0yGdAjuDFw5xmm4I0iAaIInlBbGjVBg6O8WlvWxy\n"
	"L00xzdXnlpOFt7M/UcksTM906Ief2UOGH5HRzoZmGw5WosqDRLtrhunDzCjy5Vad\n"
	"/tYZkEgifaL28+kMkLGe72pr8aDUtxdPfDIKMd/ofWQH6zz4/QqKFlgq3ggQt1VT\n"
	"DKcqYtd6BEpbl5VwYIGxiRwG97r8stnccMHDrZcHOYJQApNhvEZc2KOzZV5INprD\n"
	"ZVW84U844c4rb4TSrE36N2qZhZXD+Mts8xX/piT8vP+w/53Zac7eYFnL2qsjn6Zv\n"
	"MwIDAQAB\n"
	"-----END PUBLIC KEY-----\n";

static const char rsa_encrypted_pkcs1[] =
	"-----BEGIN RSA PRIVATE KEY-----\n"
	"Proc-Type: 4,ENCRYPTED\n"
	"DEK-Info: AES-128-CBC,EE7D1658FB90A6E47AE3DF74AF485E42\n"
	"\n"
	"KNtgyjiwN9ivl++p8X/Odw8mGVftJ9tWGbx225a8kmUWBw5MTeA5qBrLdEuGtByZ\n"
	"hye3xCB7Ip+NyT87cpn3cT7oTjoI99bMjrbbAR/CdVmLg+b4eWMfNERhjy/8x3WN\n"
	"tB2qJOrRPQexKPv/PHZNyyLHWdy4rs5sgUaS61FJtVlfhh4E1Luyh3qsvHQnThn/\n"
	"2gR1vOb2wiwheQx0tmxS92rS9580guNJr2gPtIKpz/jffF9nKSg2nz6zwq+nk3CT\n"
	"9AmbMBZx242CtW9nXD6sY/yS7H3RPy1qJn6yAQF759BuO7qw5BHETEjycOoGXQfI\n"
	"fHWPvQUt0Dy/NkDSIvJrtFnXsBXUaEuMy6LYrF4StfdHQefvmu9EED2pB7bOGJMU\n"
	"iqshTzCMGh+7lZD37fp9n7xPeZT8I2d3Hx88LgP79Yktzw4KIH2n/7WvdfXmzyxc\n"
	"nnftfpd38r6SK1al3W4uRxBzzNaBLS//L5Z6ywpaoGfqmKor0rMBcZf2rcAZPT9C\n"
	"PIvSGYQvObkDyUC/BsZ1ilNMB6gqeTP7h4Nk0aj8sF2FhAfhP896TXKXbCIo1w3+\n"
	"UH/9Re16k0ofweICXozlZ/GsAZu03TigWdjHDyjmEUneeuFuN9qcDSUx2PWN4IUG\n"
	"+HBPKMt8YobOhKkrXiVw4xZk0BpwtXirhyo49DnKit+GK1hIXCTWhB+emEJrFsuI\n"
	"X7jWmiHTfECy7uBCaVwcewel9JGpaT8shrIZgyjsx1wP272xIak2A6WCOw6E3J/p\n"
	"W0NUGt2Cx7awpGjsaleNPVzFLob4gOJpHEXJZIkPeubtgYzeUGLvPjQy+1UlVUgD\n"
	"-----END RSA PRIVATE KEY-----\n";

static const char rsa_encrypted_pkcs8[] =
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
	"MIIC3TBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQICabzZHeEPHoCAggA\n"
	"MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAECBBBjFHzdnCn5TQfpLgoHYg8sBIIC\n"
	"gI3/ofXdhvspnpNtbaoc8rbdUotr0+K8Izzxbi640cqxXrHsYOlKuv/TodE0G9xA\n"
	"0MD0wAoqTVG9WnViukgwphQ/Bm7fjdRdl/gtBKGZo4iFODppfPaQYFyPOhnPfDyA\n"
	"KHBKOFd1xYXBZOBdQPAKY/DB7ncFyTWp0fNo/Rm2QdrZ+U1pop8zvQm2AIZJZLDH\n"
	"3AIAeIwBNnfRuAAEoJABJ+uYCt42G0mN/XSRdOCK6AQqno8Q+tTs67pArR4CHG78\n"
	"Qcvi8keZ+ZLYfxZyPkbk/LLf3IujjJ6dgQqLHRjAPFLGB5PlSM8V7u9ao8kxDRrZ\n"
	"inDO8I6cdelR7zzg/rc8qMnkRU2GmRWr7QukRw8SJ0jXORcQmizfZ72WMQMcVvqw\n"
	"x0lJgj24FDhgj4fCumCRJIqvPKUxOxwcnUmeLMfJI9PLvJc9GBwYdpDJNqjI02bJ\n"
	"xcbZLH24WIDj6wVVO0lJhBLDpsgkyfCW7LHzTorjF1rYufaDxK4lz1Jvq6v0dZXE\n"
	"zGFViLXZpzb4DxtPCd9i9zBdWlGVOIUcbALJRSUcqHs57gWeliAMuo86t7AmKsA9\n"
	"tDpAkhcXOjh2nrL+wkPo090lsA10jWroqZ23jNOj4lAjLrEQNVHqdeMbo1eO1Tym\n"
	"qRc/OQLicoZmGNnupd232etx1vAG+vVP80jQ8MKyXL9xi4EyRohcAHtXuWh3UwIZ\n"
	"SgyBivkphq/mVs6ZGTlIpiVHkYNnqmvtN1yNZUw5rGSw+pKHLL2chxx9PCwpn8Av\n"
	"rkrb5yQa9KuSHXtd8h1q62q+6DmbTt4fx3DqchkexK3AI7iY1y357ZTOn2yilMWh\n"
	"C2BVIiclLmIAQu7OilKswsE=\n"
	"-----END ENCRYPTED PRIVATE KEY-----\n";

static const char ec_sec1[] =
	"-----BEGIN EC PRIVATE KEY-----\n"
	"MHcCAQEEICqXSFT2C1YO7zpzq67kGc+gDM33DvUAqZBPCKuUzP5aoAoGCCqGSM49\n"
	"AwEHoUQDQgAENJKtESb+CYsUHcyFoiv5TYLyeGFqV/m+Z9pIUaRCeXQcFOvi6L4n\n"
	"92tHrwaLd3SUIWayk6aViyZe0eZf6g0rOg==\n"
	"-----END EC PRIVATE KEY-----\n";

static const char ec_pkcs8[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKpdIVPYLVg7vOnOr\n"
	"ruQZz6AMzfcO9QCpkE8Iq5TM/lqhRANCAAQ0kq0RJv4JixQdzIWiK/lNgvJ4YWpX\n"
	"+b5n2khRpEJ5dBwU6+Lovif3a0evBot3dJQhZrKTppWLJl7R5l/qDSs6\n"
	"-----END PRIVATE KEY-----\n";

static const char ed25519_pkcs8[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MC4CAQAwBQYDK2VwBCIEIIzkj9+WuNdVk1v6l/ATnaY2uJPaSAkO/nBvqGcRLB+s\n"
	"-----END PRIVATE KEY-----\n";

/* Signing with 4096 bits; it fails on a board with too little RAM for tests. */
static uint8_t memory[SEAL_KEY_ARENA(4096)];
static uint8_t der[1280];

static const struct seal_arena_lock no_lock = { NULL, NULL, NULL };

static struct seal_span
sha256_of_mailseal(void)
{
	static uint8_t digest[SEAL_SHA256_LEN];
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, (const uint8_t *)"mailseal", 8);
	seal_sha256_final(&hash, digest);
	return seal_span(digest, sizeof digest);
}

/* --- entropy ---------------------------------------------------------------------- */

struct source {
	uint32_t state;
	unsigned calls_left;
	bool constant;
};

static bool
get_entropy(void *ctx, uint8_t *out, size_t len)
{
	struct source *s = ctx;

	if (s->calls_left == 0)
		return false;
	s->calls_left--;
	for (size_t i = 0; i < len; i++) {
		s->state = s->state * 1664525u + 1013904223u;
		out[i] = s->constant ? 0xff : (uint8_t)(s->state >> 24);
	}
	return true;
}

static struct seal_entropy
entropy(struct source *s)
{
	*s = (struct source){ 1, UINT32_MAX, false };
	return (struct seal_entropy){ get_entropy, s };
}

/* --- helpers ------------------------------------------------------------------------ */

static uint8_t
base64_value(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t value = 0;

	while (value < 64 && alphabet[value] != c)
		value++;
	return value;
}

/* The DER inside a PEM text, into `der`. */
static struct seal_span
der_of(const char *pem)
{
	const char *p = strchr(pem, '\n');
	uint32_t bits = 0;
	unsigned num_bits = 0;
	size_t len = 0;

	for (; *p != '-'; p++) {
		if (base64_value(*p) > 63)
			continue;
		bits = bits << 6 | base64_value(*p);
		num_bits += 6;
		if (num_bits >= 8) {
			num_bits -= 8;
			der[len++] = (uint8_t)(bits >> num_bits);
		}
	}
	return seal_span(der, len);
}

static struct seal_span
text_of(const char *text)
{
	return seal_span((const uint8_t *)text, strlen(text));
}

/* The index in `der` of the octets of `what`, which it contains. */
static size_t
der_find(size_t len, const uint8_t *what, size_t what_len)
{
	size_t i = 0;

	while (i + what_len < len && memcmp(der + i, what, what_len) != 0)
		i++;
	return i;
}

/* A worker over the whole memory. */
struct bench {
	struct source source;
	struct seal_key_worker worker;
	struct seal_key_private key;
};

static bool
key_start(struct bench *b, size_t arena_len, enum seal_key_keep keep)
{
	seal_arena_init(memory, arena_len, no_lock);
	return seal_key_worker_init(&b->worker, entropy(&b->source), keep) == SEAL_KEY_FINE;
}

static bool
memory_is_zero(void)
{
	const struct seal_arena_use use = seal_arena_use();
	size_t dirty = 0;

	/* But for the header of the one free block, wherever alignment puts it. */
	for (size_t i = 16; i < sizeof memory; i++)
		dirty += memory[i] != 0;
	return use.used == 0 && use.blocks == 0 && dirty == 0;
}

static void
key_finish(struct bench *b)
{
	seal_key_worker_release(&b->worker);
	CHECK(memory_is_zero());
}

static enum seal_key_fault
open_text(struct bench *b, struct seal_span text)
{
	return seal_key_open(&b->key, text, seal_key_synchronous(&b->worker));
}

static enum seal_status
key_run(struct bench *b, struct seal_key_job *job, enum seal_key_op op)
{
	job->op = op;
	job->progress = 0;
	return b->key.key.ops->run(&b->key.key, job);
}

static void
key_prepare(struct seal_key_job *job)
{
	memset(job, 0, sizeof *job);
	memcpy(job->digest, sha256_of_mailseal().ptr, sizeof job->digest);
}

static void
check_signature(const struct seal_key_job *job, const char *base64)
{
	uint8_t buf[SEAL_BASE64_LEN(SEAL_SIGNATURE_MAX)];
	struct seal_out out = seal_out(buf, sizeof buf);

	seal_base64_put(&out, seal_span(job->signature, job->signature_len));
	CHECK_SPANS(seal_out_span(&out), text_of(base64));
}

/* The kind of a text, with nothing left in the arena. */
static enum seal_key_fault
fault_of(struct seal_span text)
{
	struct bench b;
	struct seal_arena_use before, after;
	enum seal_key_fault fault;

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
	before = seal_arena_use();
	fault = open_text(&b, text);
	after = seal_arena_use();
	CHECK_EQ(after.used, before.used);
	key_finish(&b);
	return fault;
}

/* --- signing ------------------------------------------------------------------------ */

static void
sign_and_compare(const char *pem, uint32_t bits, const char *signature)
{
	struct bench b;
	struct seal_key_job job;

	CHECK(key_start(&b, SEAL_KEY_ARENA(bits), SEAL_KEY_KEEP));
	CHECK_EQ(open_text(&b, text_of(pem)), SEAL_KEY_FINE);
	CHECK_EQ(b.key.bits, bits);
	CHECK_EQ(b.key.key.signature_len, bits / 8);
	for (unsigned i = 0; i < 3; i++) {
		key_prepare(&job);
		CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
		check_signature(&job, signature);
		CHECK_EQ(key_run(&b, &job, SEAL_KEY_VERIFY), SEAL_OK);
	}
	key_finish(&b);
}

TEST(signature_of_1024_bits_equals_that_of_openssl)
{
	sign_and_compare(rsa1024_pkcs8, 1024, rsa1024_signature);
}

TEST(signature_of_2048_bits_equals_that_of_openssl)
{
	sign_and_compare(rsa2048_pkcs8, 2048, rsa2048_signature);
}

TEST(signature_of_3072_bits_equals_that_of_openssl)
{
	sign_and_compare(rsa3072_pkcs8, 3072, rsa3072_signature);
}

TEST(signature_of_4096_bits_equals_that_of_openssl)
{
	sign_and_compare(rsa4096_pkcs8, 4096, rsa4096_signature);
}

static void
every_form(struct seal_span text)
{
	struct bench b;
	struct seal_key_job job;

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_WIPE));
	CHECK_EQ(open_text(&b, text), SEAL_KEY_FINE);
	key_prepare(&job);
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
	check_signature(&job, rsa1024_signature);
	key_finish(&b);
}

TEST(pem_and_der_of_both_structures_are_the_same_key)
{
	every_form(text_of(rsa1024_pkcs1));
	every_form(text_of(rsa1024_pkcs8));
	every_form(der_of(rsa1024_pkcs1));
	every_form(der_of(rsa1024_pkcs8));
}

TEST(der_of_a_key_is_what_its_text_holds)
{
	static const char *const keys[] = { rsa1024_pkcs1, rsa1024_pkcs8 };
	static uint8_t octets[1024];

	seal_arena_init(memory, sizeof memory, no_lock);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const struct seal_span want = der_of(keys[i]);
		struct seal_out out = seal_out(octets, sizeof octets);

		CHECK_EQ(seal_key_put_der(text_of(keys[i]), &out), SEAL_KEY_FINE);
		CHECK_SPANS(seal_out_span(&out), want);
		out = seal_out(octets, want.len);
		CHECK_EQ(seal_key_put_der(want, &out), SEAL_KEY_FINE);
		CHECK_SPANS(seal_out_span(&out), want);
		out = seal_out(octets, want.len - 1u);
		CHECK_EQ(seal_key_put_der(want, &out), SEAL_KEY_NO_MEMORY);
		CHECK_EQ(seal_key_put_der(text_of(rsa1024_public), &out), SEAL_KEY_PUBLIC);
		CHECK_EQ(seal_arena_use().used, 0);
	}
}

TEST(pem_is_found_among_other_lines)
{
	static uint8_t text[2048];
	struct seal_out out = seal_out(text, sizeof text);

	seal_out_text(&out, "Bag Attributes\n    friendlyName: mail\n");
	seal_out_span_put(&out, text_of(rsa1024_public));
	seal_out_span_put(&out, text_of(rsa1024_pkcs8));
	seal_out_text(&out, "\nand more\n");
	every_form(seal_out_span(&out));
}

TEST(pem_may_have_crlf_line_ends)
{
	static char text[2048];
	size_t len = 0;

	for (const char *p = rsa1024_pkcs8; *p != '\0'; p++) {
		if (*p == '\n')
			text[len++] = '\r';
		text[len++] = *p;
	}
	every_form(seal_span((const uint8_t *)text, len));
}

TEST(another_signature_does_not_verify)
{
	struct bench b;
	struct seal_key_job job;

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
	CHECK_EQ(open_text(&b, text_of(rsa1024_pkcs8)), SEAL_KEY_FINE);
	key_prepare(&job);
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
	job.signature[100] ^= 1;
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_VERIFY), SEAL_E_KEY);
	job.signature[100] ^= 1;
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_VERIFY), SEAL_OK);
	job.digest[0] ^= 1;
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_VERIFY), SEAL_E_KEY);
	job.digest[0] ^= 1;
	job.signature_len--;
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_VERIFY), SEAL_E_KEY);
	key_finish(&b);
}

TEST(worker_changes_between_keys)
{
	struct bench b;
	struct seal_key_private other;
	struct seal_key_job job;

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
	CHECK_EQ(open_text(&b, text_of(rsa1024_pkcs8)), SEAL_KEY_FINE);
	CHECK_EQ(seal_key_open(&other, text_of(rsa2048_pkcs8), b.key.runner), SEAL_KEY_FINE);
	for (unsigned i = 0; i < 2; i++) {
		key_prepare(&job);
		CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
		check_signature(&job, rsa1024_signature);
		key_prepare(&job);
		CHECK_EQ(other.key.ops->run(&other.key, &job), SEAL_OK);
		check_signature(&job, rsa2048_signature);
	}
	key_finish(&b);
}

TEST(a_worker_parses_a_key_once_and_again_after_forget)
{
	struct bench b;
	struct seal_key_job job;

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
	CHECK_EQ(open_text(&b, der_of(rsa1024_pkcs1)), SEAL_KEY_FINE);
	key_prepare(&job);
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
	der[0] ^= 1;
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
	check_signature(&job, rsa1024_signature);
	seal_key_worker_forget(&b.worker);
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_E_KEY);
	key_finish(&b);
}

TEST(a_text_that_became_another_key_is_noticed_by_its_length)
{
	struct bench b;
	struct seal_key_job job;

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
	CHECK_EQ(open_text(&b, text_of(rsa1024_pkcs8)), SEAL_KEY_FINE);
	b.key.text = text_of(rsa2048_pkcs8);
	key_prepare(&job);
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_E_KEY);
	key_finish(&b);
}

TEST(wiping_leaves_nothing_of_the_key_after_each_job)
{
	struct bench b;
	struct seal_key_job job;
	size_t idle;

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_WIPE));
	idle = seal_arena_use().used;
	CHECK_EQ(open_text(&b, text_of(rsa1024_pkcs8)), SEAL_KEY_FINE);
	CHECK_EQ(seal_arena_use().used, idle);
	key_prepare(&job);
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
	CHECK_EQ(seal_arena_use().used, idle);
	key_finish(&b);
}

/* --- the hand-over -------------------------------------------------------------------- */

struct slot {
	struct seal_key_job *job;
	bool full;
};

static bool
into_slot(void *ctx, struct seal_key_job *job)
{
	struct slot *slot = ctx;

	if (slot->full)
		return false;
	slot->job = job;
	slot->full = true;
	return true;
}

TEST(a_job_is_pending_until_a_worker_did_it)
{
	struct bench b;
	struct slot slot = { NULL, true };
	struct seal_key_job job;
	struct seal_key *key = &b.key.key;

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
	CHECK_EQ(seal_key_open(&b.key, text_of(rsa1024_pkcs8),
	                           (struct seal_key_runner){ into_slot, &slot }), SEAL_KEY_FINE);
	key_prepare(&job);
	CHECK_EQ(key->ops->run(key, &job), SEAL_PENDING);
	CHECK(slot.job == NULL);
	slot.full = false;
	CHECK_EQ(key->ops->run(key, &job), SEAL_PENDING);
	CHECK(slot.job == &job);
	slot = (struct slot){ NULL, false };
	CHECK_EQ(key->ops->run(key, &job), SEAL_PENDING);
	CHECK(slot.job == NULL);
	seal_key_worker_do(&b.worker, &job);
	CHECK_EQ(key->ops->run(key, &job), SEAL_OK);
	check_signature(&job, rsa1024_signature);
	key_finish(&b);
}

/* --- bad keys --------------------------------------------------------------------------- */

TEST(other_things_than_rsa_private_keys_are_called_by_name)
{
	CHECK_EQ(fault_of(text_of("")), SEAL_KEY_NOT_A_KEY);
	CHECK_EQ(fault_of(text_of("hello\n")), SEAL_KEY_NOT_A_KEY);
	CHECK_EQ(fault_of(text_of("-----BEGIN ")), SEAL_KEY_NOT_A_KEY);
	CHECK_EQ(fault_of(text_of(rsa1024_public)), SEAL_KEY_PUBLIC);
	CHECK_EQ(fault_of(der_of(rsa1024_public)), SEAL_KEY_PUBLIC);
	CHECK_EQ(fault_of(text_of(rsa_encrypted_pkcs1)), SEAL_KEY_ENCRYPTED);
	CHECK_EQ(fault_of(text_of(rsa_encrypted_pkcs8)), SEAL_KEY_ENCRYPTED);
	CHECK_EQ(fault_of(der_of(rsa_encrypted_pkcs8)), SEAL_KEY_ENCRYPTED);
	CHECK_EQ(fault_of(text_of(ec_sec1)), SEAL_KEY_UNKNOWN);
	CHECK_EQ(fault_of(der_of(ec_sec1)), SEAL_KEY_UNKNOWN);
	CHECK_EQ(fault_of(text_of(ec_pkcs8)), SEAL_KEY_UNKNOWN);
	CHECK_EQ(fault_of(text_of(ed25519_pkcs8)), SEAL_KEY_UNKNOWN);
	CHECK_EQ(fault_of(text_of("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"
	                          "-----END OPENSSH PRIVATE KEY-----\n")), SEAL_KEY_OPENSSH);
}

TEST(a_key_under_1024_bits_is_refused)
{
	CHECK_EQ(fault_of(text_of(rsa768_pkcs8)), SEAL_KEY_TOO_SMALL);
}

/* A modulus of 4104 bits is recognized from its length alone. */
TEST(a_key_over_4096_bits_is_refused)
{
	static const uint8_t head[] = { 0x30, 0x82, 0x02, 0x0e, 0x02, 1, 0, 0x02, 0x82, 0x02, 0x02, 0, 0x80 };
	static const uint8_t tail[] = { 0x02, 3, 1, 0, 1 };

	memset(der, 1, sizeof der);
	memcpy(der, head, sizeof head);
	memcpy(der + 11 + 514, tail, sizeof tail);
	CHECK_EQ(fault_of(seal_span(der, 4 + 0x20e)), SEAL_KEY_TOO_LARGE);
}

TEST(an_even_public_exponent_is_refused)
{
	static const uint8_t e[] = { 0x02, 3, 1, 0, 1 };
	const struct seal_span key = der_of(rsa1024_pkcs8);

	der[der_find(key.len, e, sizeof e) + 4] = 2;
	CHECK_EQ(fault_of(key), SEAL_KEY_BAD_EXPONENT);
}

TEST(numbers_that_do_not_belong_together_are_refused)
{
	static const uint8_t e[] = { 0x02, 3, 1, 0, 1 };
	const struct seal_span key = der_of(rsa1024_pkcs8);

	der[der_find(key.len, e, sizeof e) + 40] ^= 4; /* within the private exponent */
	CHECK_EQ(fault_of(key), SEAL_KEY_INCONSISTENT);
	der_of(rsa1024_pkcs8);
	der[key.len - 1] ^= 1; /* the CRT coefficient */
	CHECK_EQ(fault_of(key), SEAL_KEY_INCONSISTENT);
}

TEST(a_key_cut_anywhere_is_refused)
{
	const struct seal_span key = der_of(rsa1024_pkcs8);
	const struct seal_span pem = text_of(rsa1024_pkcs1);

	for (size_t len = 1; len < key.len; len += 5)
		CHECK_EQ(fault_of(seal_span_first(key, len)), SEAL_KEY_DAMAGED);
	for (size_t len = 40; len + 40 < pem.len; len += 31)
		CHECK_EQ(fault_of(seal_span_first(pem, len)), SEAL_KEY_DAMAGED);
	CHECK_EQ(fault_of(seal_span(der, key.len + 1)), SEAL_KEY_DAMAGED);
}

TEST(no_changed_octet_goes_unnoticed)
{
	const struct seal_span key = der_of(rsa1024_pkcs1);

	for (size_t i = 0; i < key.len; i += 3) {
		der[i] ^= 0x10;
		CHECK(fault_of(key) != SEAL_KEY_FINE);
		der[i] ^= 0x10;
	}
	CHECK_EQ(fault_of(key), SEAL_KEY_FINE);
}

/* A CRT exponent that decays after the key was opened gives a wrong signature, from
 * which the key could be factored: it must not be returned. */
TEST(a_fault_in_the_computation_gives_no_signature)
{
	struct bench b;
	struct seal_key_job job;
	struct seal_span key = der_of(rsa1024_pkcs1);
	const uint8_t zeros[SEAL_SIGNATURE_MAX] = { 0 };

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
	CHECK_EQ(open_text(&b, key), SEAL_KEY_FINE);
	der[key.len - 67 - 10] ^= 1;
	key_prepare(&job);
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_E_KEY);
	CHECK_EQ(b.worker.fault, SEAL_KEY_FAILED);
	CHECK_EQ(job.signature_len, 0);
	CHECK_SPANS(seal_span(job.signature, sizeof job.signature), seal_span(zeros, sizeof zeros));
	der[key.len - 67 - 10] ^= 1;
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
	check_signature(&job, rsa1024_signature);
	key_finish(&b);
}

/* --- the public key --------------------------------------------------------------------- */

TEST(public_key_equals_that_of_openssl)
{
	struct bench b;
	uint8_t buf[SEAL_KEY_PUBLIC_MAX];
	struct seal_out out = seal_out(buf, sizeof buf);

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
	CHECK_EQ(open_text(&b, text_of(rsa1024_pkcs8)), SEAL_KEY_FINE);
	CHECK_EQ(seal_key_public(&b.key, &out), SEAL_OK);
	CHECK_SPANS(seal_out_span(&out), der_of(rsa1024_public));
	out = seal_out(buf, out.len - 1);
	CHECK_EQ(seal_key_public(&b.key, &out), SEAL_E_LIMIT);
	CHECK_EQ(open_text(&b, text_of(rsa2048_pkcs8)), SEAL_KEY_FINE);
	out = seal_out(buf, sizeof buf);
	CHECK_EQ(seal_key_public(&b.key, &out), SEAL_OK);
	CHECK_SPANS(seal_out_span(&out), der_of(rsa2048_public));
	CHECK_EQ(open_text(&b, text_of(rsa4096_pkcs8)), SEAL_KEY_FINE);
	out = seal_out(buf, sizeof buf);
	CHECK_EQ(seal_key_public(&b.key, &out), SEAL_OK);
	key_finish(&b);
}

TEST(a_key_that_decayed_has_no_public_part)
{
	struct bench b;
	uint8_t buf[SEAL_KEY_PUBLIC_MAX];
	struct seal_out out = seal_out(buf, sizeof buf);

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
	CHECK_EQ(open_text(&b, der_of(rsa1024_pkcs1)), SEAL_KEY_FINE);
	der[4] ^= 1;
	CHECK_EQ(seal_key_public(&b.key, &out), SEAL_E_LIMIT);
	der[0] ^= 1;
	CHECK_EQ(seal_key_public(&b.key, &out), SEAL_E_LIMIT);
	CHECK_EQ(out.len, 0);
	key_finish(&b);
}

/* --- randomness --------------------------------------------------------------------------- */

TEST(no_entropy_is_no_worker)
{
	struct source source;
	struct seal_key_worker worker;
	const struct seal_entropy from = entropy(&source);

	seal_arena_init(memory, sizeof memory, no_lock);
	source.calls_left = 0;
	CHECK_EQ(seal_key_worker_init(&worker, from, SEAL_KEY_KEEP), SEAL_KEY_NO_RANDOM);
	source.calls_left = 1;
	CHECK_EQ(seal_key_worker_init(&worker, from, SEAL_KEY_KEEP), SEAL_KEY_NO_RANDOM);
	source = (struct source){ 1, 10, true };
	CHECK_EQ(seal_key_worker_init(&worker, from, SEAL_KEY_KEEP), SEAL_KEY_NO_RANDOM);
	CHECK(memory_is_zero());
}

/* Use the generator until a new seed is due. */
static void
use_up(struct seal_random *r)
{
	uint8_t octet[1] = { 0 };

	for (unsigned i = 0; i < 20000 && seal_random_bytes(r, octet, 1) == SEAL_OK; i++)
		;
}

TEST(a_seed_that_fails_later_fails_the_signature)
{
	struct bench b;
	struct seal_key_job job;
	uint8_t octets[64];

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
	CHECK_EQ(open_text(&b, text_of(rsa1024_pkcs8)), SEAL_KEY_FINE);
	b.source.calls_left = 0;
	use_up(&b.worker.random);
	memset(octets, 1, sizeof octets);
	CHECK_EQ(seal_random_bytes(&b.worker.random, octets, sizeof octets), SEAL_E_KEY);
	CHECK_EQ(octets[0] | octets[63], 0);
	key_prepare(&job);
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_E_KEY);
	CHECK_EQ(b.worker.fault, SEAL_KEY_NO_RANDOM);
	b.source.calls_left = 1;
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
	key_finish(&b);
}

TEST(random_octets_depend_on_the_seed)
{
	struct source source;
	struct seal_random r;
	uint8_t first[1500], second[1500];
	const struct seal_entropy from = entropy(&source);

	seal_arena_init(memory, sizeof memory, no_lock);
	CHECK_EQ(seal_random_init(&r, from), SEAL_OK);
	CHECK_EQ(seal_random_bytes(&r, first, sizeof first), SEAL_OK);
	CHECK_EQ(seal_random_bytes(&r, second, sizeof second), SEAL_OK);
	CHECK(memcmp(first, second, sizeof first) != 0);
	seal_random_release(&r);
	source.state = 2;
	CHECK_EQ(seal_random_init(&r, from), SEAL_OK);
	CHECK_EQ(seal_random_bytes(&r, second, sizeof second), SEAL_OK);
	CHECK(memcmp(first, second, sizeof first) != 0);
	seal_random_release(&r);
	seal_random_release(&r);
	CHECK(memory_is_zero());
}

/* --- the arena ---------------------------------------------------------------------------- */

/* True if the whole job could be done. */
static bool
works_in(size_t arena_len)
{
	struct bench b;
	struct seal_key_job job;
	bool ok = true;

	if (!key_start(&b, arena_len, SEAL_KEY_KEEP)) {
		CHECK(memory_is_zero());
		return false;
	}
	if (open_text(&b, text_of(rsa1024_pkcs8)) != SEAL_KEY_FINE)
		b.key.key.ops = NULL;
	for (unsigned i = 0; i < 3 && ok; i++) {
		key_prepare(&job);
		ok = b.key.key.ops != NULL && key_run(&b, &job, SEAL_KEY_SIGN) == SEAL_OK;
		CHECK(ok || seal_arena_use().refusals > 0);
		CHECK(ok || b.key.key.ops == NULL || b.worker.fault == SEAL_KEY_NO_MEMORY);
	}
	key_finish(&b);
	return ok;
}

TEST(an_arena_too_small_by_any_amount_fails_cleanly)
{
	size_t needed;

	CHECK(works_in(sizeof memory));
	needed = seal_arena_use().extent;
	for (size_t len = 0; len < needed; len += 40)
		CHECK(!works_in(len));
	CHECK(!works_in(needed - 8));
	CHECK(works_in(needed + 8)); /* memory need not be aligned */
}

/* "arena BITS NEEDED RECOMMENDED", in octets: for tables in documents. */
static void
say_arena(uint32_t bits, size_t needed)
{
	uint8_t buf[64];
	struct seal_out out = seal_out(buf, sizeof buf);

	seal_out_text(&out, "arena ");
	seal_out_u64(&out, bits);
	seal_out_text(&out, " ");
	seal_out_u64(&out, needed);
	seal_out_text(&out, " ");
	seal_out_u64(&out, SEAL_KEY_ARENA(bits));
	seal_out_text(&out, "\n");
	test_write((const char *)buf, out.len);
}

TEST(the_recommended_arena_is_near_what_is_needed)
{
	static const struct {
		const char *pem;
		uint32_t bits;
	} keys[] = {
		{ rsa1024_pkcs8, 1024 }, { rsa2048_pkcs8, 2048 }, { rsa3072_pkcs8, 3072 }, { rsa4096_pkcs8, 4096 }
	};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct bench b;
		struct seal_key_job job;
		size_t needed;

		CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
		CHECK_EQ(open_text(&b, text_of(keys[i].pem)), SEAL_KEY_FINE);
		for (unsigned n = 0; n < 3; n++) {
			key_prepare(&job);
			CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
		}
		needed = seal_arena_use().extent;
		say_arena(keys[i].bits, needed);
		CHECK(needed <= SEAL_KEY_ARENA(keys[i].bits));
		CHECK(needed > SEAL_KEY_ARENA(keys[i].bits) / 4u * 3u);
		key_finish(&b);
	}
}

/* --- making keys ---------------------------------------------------------------------- */

/* The contents of the DER value at the start of *rest, which moves after it. */
static struct seal_span
take_value(struct seal_span *rest)
{
	const size_t head = rest->ptr[1] < 0x80 ? 2u : 2u + (rest->ptr[1] & 0x7fu);
	size_t len = head == 2u ? rest->ptr[1] : 0;
	struct seal_span value;

	for (size_t i = 2; i < head; i++)
		len = len << 8 | rest->ptr[i];
	value = seal_span(rest->ptr + head, len);
	*rest = seal_span_from(*rest, head + len);
	return value;
}

/* The RSAPrivateKey in rsa2048_pkcs8, and its fifth and sixth number. */
static struct seal_span
take_primes(uint8_t primes[256])
{
	struct seal_span rest = der_of(rsa2048_pkcs8);
	struct seal_span key;

	rest = take_value(&rest);
	(void)take_value(&rest);
	(void)take_value(&rest);
	key = take_value(&rest);
	rest = key;
	rest = take_value(&rest);
	for (unsigned i = 0; i < 6; i++) {
		const struct seal_span number = take_value(&rest);

		if (i >= 4)
			memcpy(primes + (i - 4u) * 128u, number.ptr + number.len - 128u, 128);
	}
	return key;
}

TEST(a_key_out_of_its_primes_is_that_of_openssl)
{
	uint8_t primes[256];
	uint8_t made[SEAL_KEY_DER_MAX(2048)];
	struct seal_out out = seal_out(made, sizeof made);
	const struct seal_span key = take_primes(primes);

	seal_arena_init(memory, sizeof memory, no_lock);
	CHECK_EQ(seal_key_make_der(seal_span(primes, sizeof primes), &out), SEAL_KEY_FINE);
	CHECK_SPANS(seal_out_span(&out), key);
	CHECK(memory_is_zero());
	CHECK(seal_arena_use().extent <= SEAL_KEY_ARENA(2048));
	for (size_t cap = 0; cap < out.len; cap += 307u) {
		struct seal_out shorter = seal_out(made, cap);

		CHECK_EQ(seal_key_make_der(seal_span(primes, sizeof primes), &shorter), SEAL_KEY_NO_MEMORY);
	}
	memset(primes, 0, sizeof primes);
	out = seal_out(made, sizeof made);
	CHECK_EQ(seal_key_make_der(seal_span(primes, sizeof primes), &out), SEAL_KEY_INCONSISTENT);
	CHECK(memory_is_zero());
}

TEST(a_key_of_numbers_signs_as_its_text_does)
{
	static uint8_t numbers[SEAL_KEY_EXPANDED(2048)];
	const struct seal_span all = seal_span(numbers, sizeof numbers);
	uint8_t primes[256];
	uint8_t buf[SEAL_KEY_PUBLIC_MAX];
	struct seal_out out = seal_out(buf, sizeof buf);
	struct seal_key_job job;
	struct bench b;

	(void)take_primes(primes);
	CHECK(key_start(&b, sizeof memory, SEAL_KEY_WIPE));
	CHECK_EQ(seal_key_expand(seal_span(primes, sizeof primes), numbers), SEAL_KEY_FINE);
	CHECK_EQ(seal_key_open_expanded(&b.key, all, seal_key_synchronous(&b.worker)), SEAL_KEY_FINE);
	CHECK_EQ(b.key.bits, 2048);
	key_prepare(&job);
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
	check_signature(&job, rsa2048_signature);
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_VERIFY), SEAL_OK);
	job.signature[9] ^= 1u;
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_VERIFY), SEAL_E_KEY);
	CHECK_EQ(seal_key_public(&b.key, &out), SEAL_OK);
	CHECK_SPANS(seal_out_span(&out), der_of(rsa2048_public));
	for (size_t i = 0; i < sizeof numbers; i += 61u) {
		numbers[i] ^= 0x10u;
		key_prepare(&job);
		CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_E_KEY);
		CHECK_EQ(seal_key_open_expanded(&b.key, all, seal_key_synchronous(&b.worker)), SEAL_KEY_DAMAGED);
		out = seal_out(buf, sizeof buf);
		CHECK_EQ(seal_key_public(&b.key, &out), SEAL_E_LIMIT);
		numbers[i] ^= 0x10u;
	}
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
	memset(primes, 0, sizeof primes);
	CHECK_EQ(seal_key_expand(seal_span(primes, sizeof primes), numbers), SEAL_KEY_INCONSISTENT);
	key_finish(&b);
}

TEST(the_short_form_of_a_key_is_its_numbers_and_signs_as_it_does)
{
	static uint8_t octets[SEAL_KEY_EXPANDED(1024)];
	struct seal_out out = seal_out(octets, sizeof octets);
	struct seal_key_job job;
	struct bench b;

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_WIPE));
	CHECK_EQ(seal_key_put_short(text_of(rsa1024_pkcs8), &out), SEAL_KEY_FINE);
	CHECK_EQ(out.len, sizeof octets);
	CHECK_EQ(open_text(&b, seal_out_span(&out)), SEAL_KEY_FINE);
	CHECK_EQ(b.key.bits, 1024);
	key_prepare(&job);
	CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
	check_signature(&job, rsa1024_signature);
	for (size_t len = 0; len < sizeof octets; len++)
		CHECK(open_text(&b, seal_span(octets, len)) != SEAL_KEY_FINE);
	octets[5] ^= 1u;
	CHECK(open_text(&b, seal_out_span(&out)) != SEAL_KEY_FINE);
	out = seal_out(octets, sizeof octets - 1u);
	CHECK_EQ(seal_key_put_short(text_of(rsa1024_pkcs8), &out), SEAL_KEY_NO_MEMORY);
	CHECK_EQ(seal_key_put_short(text_of(rsa1024_public), &out), SEAL_KEY_PUBLIC);
	key_finish(&b);
}

/* Two keys from one source: each signs, and they differ. */
TEST(a_key_that_was_made_signs)
{
	static uint8_t made[2][SEAL_KEY_DER_MAX(1024)];
	uint8_t primes[2][128];
	struct seal_key_job job;
	struct bench b;

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
	for (unsigned i = 0; i < 2; i++) {
		struct seal_out out = seal_out(made[i], sizeof made[i]);

		CHECK_EQ(seal_key_make(1024, &b.worker.random, primes[i]), SEAL_KEY_FINE);
		CHECK(memcmp(primes[i], primes[i] + 64, 64) > 0);
		CHECK_EQ(seal_key_make_der(seal_span(primes[i], sizeof primes[i]), &out), SEAL_KEY_FINE);
		CHECK(seal_arena_use().extent <= SEAL_KEY_ARENA(1024));
		CHECK_EQ(open_text(&b, seal_out_span(&out)), SEAL_KEY_FINE);
		CHECK_EQ(b.key.bits, 1024);
		key_prepare(&job);
		CHECK_EQ(key_run(&b, &job, SEAL_KEY_SIGN), SEAL_OK);
		CHECK_EQ(key_run(&b, &job, SEAL_KEY_VERIFY), SEAL_OK);
		seal_key_worker_forget(&b.worker);
	}
	CHECK(memcmp(primes[0], primes[1], 64) != 0 && memcmp(primes[0] + 64, primes[1] + 64, 64) != 0);
	key_finish(&b);
}

TEST(no_key_is_made_from_incomplete_parts)
{
	uint8_t primes[128] = { 0 };
	struct bench b;

	CHECK(key_start(&b, sizeof memory, SEAL_KEY_KEEP));
	CHECK_EQ(seal_key_make(1008, &b.worker.random, primes), SEAL_KEY_TOO_SMALL);
	CHECK_EQ(seal_key_make(4112, &b.worker.random, primes), SEAL_KEY_TOO_LARGE);
	seal_random_release(&b.worker.random);
	CHECK_EQ(seal_key_make(1024, &b.worker.random, primes), SEAL_KEY_NO_RANDOM);
	key_finish(&b);
	CHECK(key_start(&b, 1536, SEAL_KEY_KEEP));
	CHECK_EQ(seal_key_make(1024, &b.worker.random, primes), SEAL_KEY_NO_MEMORY);
	seal_key_worker_release(&b.worker);
	CHECK_EQ(seal_arena_use().used, 0);
}

TEST(arena_joins_freed_blocks)
{
	void *block[4];

	for (size_t order = 0; order < 24; order++) {
		const size_t first = order % 4, second = order / 4 % 3, third = order / 12;
		size_t left[4] = { 0, 1, 2, 3 };

		seal_arena_init(memory, 1024, no_lock);
		for (size_t i = 0; i < 4; i++)
			CHECK((block[i] = seal_arena_calloc(i + 1, 40)) != NULL);
		seal_arena_free(block[left[first]]);
		left[first] = left[3];
		seal_arena_free(block[left[second]]);
		left[second] = left[2];
		seal_arena_free(block[left[third]]);
		seal_arena_free(block[left[1 - third]]);
		CHECK_EQ(seal_arena_use().used, 0);
		CHECK((block[0] = seal_arena_calloc(1, 1000)) != NULL);
		seal_arena_free(block[0]);
	}
}

TEST(arena_gives_zeros_and_refuses_impossible_sizes)
{
	uint8_t *a;

	memset(memory, 0x55, 256);
	seal_arena_init(memory, 256, no_lock);
	a = seal_arena_calloc(10, 10);
	CHECK(a != NULL);
	if (a == NULL)
		return;
	memset(a, 0xaa, 100);
	CHECK(seal_arena_calloc(1, 200) == NULL);
	CHECK(seal_arena_calloc(SIZE_MAX / 2, 3) == NULL);
	CHECK(seal_arena_calloc(1, SIZE_MAX) == NULL);
	seal_arena_free(a);
	seal_arena_free(NULL);
	CHECK(seal_arena_use().peak >= 100 && seal_arena_use().peak < 200);
	CHECK_EQ(seal_arena_use().refusals, 1);
	a = seal_arena_calloc(1, 200);
	CHECK(a != NULL);
	for (size_t i = 0; a != NULL && i < 200; i++)
		CHECK_EQ(a[i], 0);
	seal_arena_init(memory, 4, no_lock);
	CHECK(seal_arena_calloc(1, 1) == NULL);
	seal_arena_init(memory, 0, no_lock);
	CHECK(seal_arena_calloc(1, 1) == NULL);
}

static void
count_up(void *ctx)
{
	++*(unsigned *)ctx;
}

TEST(arena_is_locked_for_each_call)
{
	unsigned calls = 0;
	void *a;

	seal_arena_init(memory, sizeof memory, (struct seal_arena_lock){ count_up, count_up, &calls });
	a = seal_arena_calloc(1, 1);
	CHECK_EQ(calls, 2);
	seal_arena_free(a);
	CHECK_EQ(calls, 4);
	CHECK_EQ(seal_arena_use().used, 0);
	CHECK_EQ(calls, 6);
	seal_arena_init(memory, sizeof memory, no_lock);
}

/* --- the engine's SHA-256 as that of Mbed TLS --------------------------------------------- */

/* SHA-256 of `input`, which is hashed up to `cut` in one context and from there on in a clone of it. */
static void
hash_by_mbedtls(struct seal_span input, size_t cut, struct seal_out *hex)
{
	const struct seal_span first = seal_span_first(input, cut), rest = seal_span_from(input, cut);
	uint8_t digest[32];
	mbedtls_sha256_context a, b;

	mbedtls_sha256_init(&a);
	mbedtls_sha256_init(&b);
	CHECK_EQ(mbedtls_sha256_starts(&a, 0), 0);
	CHECK_EQ(mbedtls_sha256_update(&a, first.ptr, first.len), 0);
	mbedtls_sha256_clone(&b, &a);
	CHECK_EQ(mbedtls_sha256_update(&a, (const uint8_t *)"not this", 8), 0);
	CHECK_EQ(mbedtls_sha256_update(&b, rest.ptr, rest.len), 0);
	CHECK_EQ(mbedtls_sha256_finish(&b, digest), 0);
	seal_out_hex(hex, seal_span(digest, sizeof digest));
	mbedtls_sha256_free(&a);
	mbedtls_sha256_free(&b);
}

/* Of Mbed TLS's tests/suites/test_suite_shax.data, "SHA-256 Test Vector NIST CAVS". */
TEST(sha256_of_mbedtls_gives_the_digests_of_its_own_tests)
{
	static const struct {
		const char *input, *digest;
		size_t len;
	} vectors[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 0 },
		{ "\xbd", "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b", 1 },
		{ "\x5f\xd4", "7c4fbf484498d21b487b9d61de8914b2eadaf2698712936d47c3ada2558f6788", 2 },
		{ "\xb0\xbd\x69", "4096804221093ddccfbf46831490ea63e9e99414858f8d75ff7f642c7ca61803", 3 },
		{ "\xc9\x8c\x8e\x55", "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504", 4 },
		{ "\x81\xa7\x23\xd9\x66", "7516fb8bb11350df2bf386bc3c33bd0f52cb4c67c6e4745e0488e62c2aea2605", 5 },
	};

	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		for (size_t cut = 0; cut <= vectors[i].len; cut++) {
			uint8_t text[64];
			struct seal_out hex = seal_out(text, sizeof text);

			hash_by_mbedtls(seal_span((const uint8_t *)vectors[i].input, vectors[i].len), cut, &hex);
			CHECK_SPANS(seal_out_span(&hex), seal_span_text(vectors[i].digest));
		}
	}
}

/* `head -c 200 /dev/zero | tr '\0' a | sha256sum` */
TEST(sha256_of_mbedtls_may_be_cloned_anywhere)
{
	uint8_t input[200];

	memset(input, 'a', sizeof input);
	for (size_t cut = 0; cut <= sizeof input; cut++) {
		uint8_t text[64];
		struct seal_out hex = seal_out(text, sizeof text);

		hash_by_mbedtls(seal_span(input, sizeof input), cut, &hex);
		CHECK_SPAN(seal_out_span(&hex), "c2a908d98f5df987ade41b5fce213067efbcc21ef2240212a41e54b5e7c28ae5");
	}
}

/* starts begins again in any context, and free leaves nothing in it. */
TEST(sha256_of_mbedtls_starts_again_and_is_wiped)
{
	static const mbedtls_sha256_context zeros;
	uint8_t digest[32], text[64];
	struct seal_out hex = seal_out(text, sizeof text);
	mbedtls_sha256_context ctx;

	mbedtls_sha256_init(&ctx);
	CHECK_EQ(mbedtls_sha256_starts(&ctx, 0), 0);
	CHECK_EQ(mbedtls_sha256_update(&ctx, (const uint8_t *)"secret", 6), 0);
	CHECK_EQ(mbedtls_sha256_starts(&ctx, 0), 0);
	CHECK_EQ(mbedtls_sha256_update(&ctx, (const uint8_t *)"abc", 3), 0);
	CHECK_EQ(mbedtls_sha256_finish(&ctx, digest), 0);
	seal_out_hex(&hex, seal_span(digest, sizeof digest));
	CHECK_SPAN(seal_out_span(&hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CHECK_EQ(mbedtls_sha256_starts(&ctx, 0), 0);
	CHECK_EQ(mbedtls_sha256_update(&ctx, (const uint8_t *)"secret", 6), 0);
	mbedtls_sha256_free(&ctx);
	CHECK(memcmp(&ctx, &zeros, sizeof ctx) == 0);
	mbedtls_sha256_free(NULL);
}

TEST(sha224_is_refused)
{
	uint8_t digest[32];
	mbedtls_sha256_context ctx;

	mbedtls_sha256_init(&ctx);
	CHECK_EQ(mbedtls_sha256_starts(&ctx, 1), MBEDTLS_ERR_SHA256_BAD_INPUT_DATA);
	CHECK_EQ(mbedtls_sha256((const uint8_t *)"abc", 3, digest, 1), MBEDTLS_ERR_SHA256_BAD_INPUT_DATA);
	CHECK(mbedtls_md_info_from_type(MBEDTLS_MD_SHA224) == NULL);
}

const struct test_case test_key_cases[] = {
	CASE(signature_of_1024_bits_equals_that_of_openssl),
	CASE(signature_of_2048_bits_equals_that_of_openssl),
	CASE(signature_of_3072_bits_equals_that_of_openssl),
	CASE(signature_of_4096_bits_equals_that_of_openssl),
	CASE(pem_and_der_of_both_structures_are_the_same_key),
	CASE(der_of_a_key_is_what_its_text_holds),
	CASE(pem_is_found_among_other_lines),
	CASE(pem_may_have_crlf_line_ends),
	CASE(another_signature_does_not_verify),
	CASE(worker_changes_between_keys),
	CASE(a_worker_parses_a_key_once_and_again_after_forget),
	CASE(a_text_that_became_another_key_is_noticed_by_its_length),
	CASE(wiping_leaves_nothing_of_the_key_after_each_job),
	CASE(a_job_is_pending_until_a_worker_did_it),
	CASE(other_things_than_rsa_private_keys_are_called_by_name),
	CASE(a_key_under_1024_bits_is_refused),
	CASE(a_key_over_4096_bits_is_refused),
	CASE(an_even_public_exponent_is_refused),
	CASE(numbers_that_do_not_belong_together_are_refused),
	CASE(a_key_cut_anywhere_is_refused),
	CASE(no_changed_octet_goes_unnoticed),
	CASE(a_fault_in_the_computation_gives_no_signature),
	CASE(public_key_equals_that_of_openssl),
	CASE(a_key_that_decayed_has_no_public_part),
	CASE(no_entropy_is_no_worker),
	CASE(a_seed_that_fails_later_fails_the_signature),
	CASE(random_octets_depend_on_the_seed),
	CASE(an_arena_too_small_by_any_amount_fails_cleanly),
	CASE(the_recommended_arena_is_near_what_is_needed),
	CASE(a_key_out_of_its_primes_is_that_of_openssl),
	CASE(a_key_of_numbers_signs_as_its_text_does),
	CASE(the_short_form_of_a_key_is_its_numbers_and_signs_as_it_does),
	CASE(a_key_that_was_made_signs),
	CASE(no_key_is_made_from_incomplete_parts),
	CASE(arena_joins_freed_blocks),
	CASE(arena_gives_zeros_and_refuses_impossible_sizes),
	CASE(arena_is_locked_for_each_call),
	CASE(sha256_of_mbedtls_gives_the_digests_of_its_own_tests),
	CASE(sha256_of_mbedtls_may_be_cloned_anywhere),
	CASE(sha256_of_mbedtls_starts_again_and_is_wiped),
	CASE(sha224_is_refused),
	CASE_END
};
