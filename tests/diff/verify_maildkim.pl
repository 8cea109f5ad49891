#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Usage: verify_maildkim.pl PORT < list of files > verdicts: as opendkim.c, with Mail::DKIM, which asks the name server
# on 127.0.0.1:PORT.
use strict;
use warnings;
use Mail::DKIM::Verifier;
use Mail::DKIM::DNS;
use Net::DNS::Resolver;

my $resolver = Net::DNS::Resolver->new(
    nameservers => ['127.0.0.1'],
    port        => $ARGV[0],
    recurse     => 0,
    config_file => '/dev/null',
);
Mail::DKIM::DNS::resolver($resolver);

while (my $name = <STDIN>) {
    chomp $name;
    open my $file, '<:raw', $name or die "$name: $!";
    my $message = do { local $/; <$file> };
    close $file;
    my ($verdict, $reason) = ('fail', 'no signature of ours');
    eval {
        my $verifier = Mail::DKIM::Verifier->new;
        $verifier->PRINT($message);
        $verifier->CLOSE;
        for my $signature ($verifier->signatures) {
            next unless ($signature->selector // '') eq 'seal';
            $verdict = $signature->result eq 'pass' ? 'pass' : 'fail';
            $reason  = $verdict eq 'pass' ? '' : $signature->result_detail;
            last;
        }
        1;
    } or ($verdict, $reason) = ('fail', "broke: $@");
    $reason =~ s/\s+/ /g;
    print "$name\t$verdict\t$reason\n";
}
